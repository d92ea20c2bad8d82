using System.Globalization;
using IngestEmbeddings.Postgres.Catalog;

namespace IngestEmbeddings.Postgres.Reading;

/// <summary>Keeps texts of any length from filling the memory: the server sends no more of a text than its beginning.</summary>
internal static class LongTexts
{
    /// <summary>
    /// The characters of a text that are read. A model reads a few thousand; a book has a million. A text that is longer is
    /// encoded and measured as far as it is read, and counted.
    /// </summary>
    public const int MostCharacters = 1_000_000;

    /// <summary>
    /// The text of a row of <c>t</c>, with one character too many where it is to be cut. octet_length looks at the head of a
    /// stored text alone, and is never less than the characters.
    /// </summary>
    public static string Read(TableLayout layout)
    {
        var text = $"t.{layout.Text.Sql}::text";
        var most = MostCharacters.ToString(CultureInfo.InvariantCulture);
        return $"CASE WHEN octet_length({text}) > {most} THEN left({text}, {most} + 1) ELSE {text} END";
    }

    /// <summary>The text that is worked on.</summary>
    /// <param name="text">The text as it was read.</param>
    /// <param name="cut">Counts the texts that were cut.</param>
    public static string Cut(string text, ref int cut)
    {
        if (text.Length <= MostCharacters)
        {
            return text;
        }

        // The server counts code points, and a string its UTF-16 units.
        var end = 0;
        for (var characters = 0; characters < MostCharacters && end < text.Length; characters++)
        {
            end += char.IsSurrogatePair(text, end) ? 2 : 1;
        }

        if (end == text.Length)
        {
            return text;
        }

        cut++;
        return text[..end];
    }
}
