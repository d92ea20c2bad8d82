using System.Globalization;

namespace IngestEmbeddings.Cli.Reading;

/// <summary>Recognises a file whose fields are separated otherwise than its format says: its lines would be loaded as texts.</summary>
internal static class OtherSeparators
{
    private static readonly (char Sign, string Name, string Advice)[] Known =
    [
        ('\t', "tabs", "Give --format tsv."),
        (',', "','", "Give --format csv."),
        (';', "';'", "Save it with commas, as csv; or with tabs, as tsv."),
        ('|', "'|'", "Save it with commas, as csv; or with tabs, as tsv."),
    ];

    /// <summary>What is wrong with a first line of one field; null when it may be a text.</summary>
    /// <param name="line">The field.</param>
    /// <param name="separator">The separator of the format.</param>
    /// <param name="fields">Which names a header would have.</param>
    public static string? Find(string line, char separator, FieldNames fields)
    {
        if (line.StartsWith("sep=", StringComparison.OrdinalIgnoreCase))
        {
            return "its first line names a separator, which is Excel's own. Take that line out.";
        }

        foreach (var (sign, name, advice) in Known.Where(known => known.Sign != separator))
        {
            var pieces = line.Split(sign);
            if (pieces.Length > 1 && (sign == '\t' || IsHeader(pieces, fields) || IsKeyed(pieces)))
            {
                return $"its fields are separated by {name}. {advice}";
            }
        }

        return null;
    }

    private static bool IsHeader(string[] pieces, FieldNames fields)
    {
        string[] names = [.. pieces.Select(static piece => piece.Trim(' ', '"'))];
        return fields.FindText(names) is not null || fields.FindId(names) is not null;
    }

    // A number alone before the first sign: an id. A sentence may begin with one, so that the text must follow without a blank.
    private static bool IsKeyed(string[] pieces) =>
        pieces.Length == 2 && pieces[1].Length > 0 && pieces[1][0] != ' '
        && long.TryParse(pieces[0].Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
