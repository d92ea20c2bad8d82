using System.Globalization;
using IngestEmbeddings.Text;

namespace IngestEmbeddings.Sqlite.Sql;

/// <summary>The beginning of texts that are longer than <see cref="TextLimits.MaxCharacters"/>, as SQL.</summary>
/// <remarks>
/// SQLite holds one such text whole in native memory; only its beginning is returned. octet_length reads the header of a
/// record alone and is never less than the characters. Short texts bypass substr, which ends at a NUL.
/// </remarks>
internal static class LongTexts
{
    /// <summary>A text as it is read: with one extra character where it has to be cut.</summary>
    /// <param name="value">A column or a parameter, of any type: the text is what it casts to.</param>
    public static string Read(string value) => Beginning(value, TextLimits.MaxCharacters + 1);

    /// <summary>The part of a text that is encoded. Two texts with the same beginning have the same vector and metrics.</summary>
    /// <param name="value">A column or a parameter, of any type: the text is what it casts to.</param>
    public static string Kept(string value) => Beginning(value, TextLimits.MaxCharacters);

    private static string Beginning(string value, int characters)
    {
        var max = TextLimits.MaxCharacters.ToString(CultureInfo.InvariantCulture);
        var kept = characters.ToString(CultureInfo.InvariantCulture);
        var text = $"CAST({value} AS TEXT)";
        return $"(CASE WHEN octet_length({value}) > {max} THEN substr({text}, 1, {kept}) ELSE {text} END)";
    }
}
