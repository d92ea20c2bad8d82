using System.Globalization;

namespace IngestEmbeddings.Cli.Reading;

/// <summary>Which fields of the input are the text and the id.</summary>
internal sealed record FieldNames
{
    private static readonly string[] UsualTexts =
        ["text", "sentence", "content", "body", "document", "chunk", "passage", "hawaiiantext"];

    private static readonly string[] UsualIds =
        ["id", "sentenceid", "sentence_id", "documentid", "document_id", "chunkid", "chunk_id", "key", "uuid"];

    /// <summary>The text's field as asked for; null: found.</summary>
    public string? Text { get; init; }

    /// <summary>The id's field as asked for; null: found; empty: none, the store numbers the rows.</summary>
    public string? Id { get; init; }

    /// <summary>Further names that a header may use for the text: the column of the table.</summary>
    public string? TextColumn { get; init; }

    /// <summary>Further names that a header may use for the id: the column of the table.</summary>
    public string? IdColumn { get; init; }

    /// <summary>True when the id is not to be taken from the input.</summary>
    public bool NumbersRows => Id is { Length: 0 };

    /// <summary>The place of the text among some names; null when none is it.</summary>
    public int? FindText(IReadOnlyList<string> names) => Find(names, Text, TextColumn, UsualTexts);

    /// <summary>The place of the id among some names; null when none is it.</summary>
    public int? FindId(IReadOnlyList<string> names) => NumbersRows ? null : Find(names, Id, IdColumn, UsualIds);

    /// <summary>The place that a number such as <c>2</c> names, from 0; null when the field is not given by number.</summary>
    public static int? Place(string? field) =>
        int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 ? number - 1 : null;

    private static int? Find(IReadOnlyList<string> names, string? asked, string? column, string[] usual)
    {
        if (asked is not null)
        {
            return IndexOf(names, asked);
        }

        return (column is null ? null : IndexOf(names, column))
            ?? usual.Select(name => IndexOf(names, name)).FirstOrDefault(index => index is not null);
    }

    private static int? IndexOf(IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return null;
    }
}
