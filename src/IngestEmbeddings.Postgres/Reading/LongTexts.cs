using System.Globalization;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Text;

namespace IngestEmbeddings.Postgres.Reading;

/// <summary>Reads the beginning of texts that are longer than <see cref="TextLimits.MaxCharacters"/>: the server sends no more.</summary>
internal static class LongTexts
{
    /// <summary>
    /// The text of a row of <c>t</c>, with one character too many where it is to be cut. octet_length reads the header of a stored
    /// text alone, and is never less than the number of characters.
    /// </summary>
    public static string Read(TableLayout layout)
    {
        var text = $"t.{layout.Text.Sql}::text";
        var max = TextLimits.MaxCharacters.ToString(CultureInfo.InvariantCulture);
        return $"CASE WHEN octet_length({text}) > {max} THEN left({text}, {max} + 1) ELSE {text} END";
    }
}
