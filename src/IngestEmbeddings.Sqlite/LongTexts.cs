using IngestEmbeddings.Text;
using System.Globalization;
using IngestEmbeddings.Rows;

namespace IngestEmbeddings.Sqlite;

/// <summary>The beginning of texts that are longer than <see cref="TextLimits.MaxCharacters"/>, as SQL.</summary>
/// <remarks>
/// SQLite holds one such text whole while it looks at it, outside the memory that is managed here; no more than the beginning
/// comes out. octet_length looks at the head of a record alone, and is never less than the characters. Only long texts are put
/// through substr, which ends at a NUL.
/// </remarks>
internal static class LongTexts
{
    /// <summary>A text as it is read: with one character too many where it is to be cut.</summary>
    /// <param name="value">A column or a parameter, of any type: the text is what it casts to.</param>
    public static string Read(string value) => Beginning(value, TextLimits.MaxCharacters + 1);

    /// <summary>What of a text is worked on. Two texts with the same beginning have the same vector and the same metrics.</summary>
    /// <param name="value">A column or a parameter, of any type: the text is what it casts to.</param>
    public static string Kept(string value) => Beginning(value, TextLimits.MaxCharacters);

    private static string Beginning(string value, int characters)
    {
        var most = TextLimits.MaxCharacters.ToString(CultureInfo.InvariantCulture);
        var kept = characters.ToString(CultureInfo.InvariantCulture);
        var text = $"CAST({value} AS TEXT)";
        return $"(CASE WHEN octet_length({value}) > {most} THEN substr({text}, 1, {kept}) ELSE {text} END)";
    }
}
