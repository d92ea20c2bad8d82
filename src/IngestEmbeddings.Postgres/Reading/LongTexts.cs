using IngestEmbeddings.Text;
using System.Globalization;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Rows;

namespace IngestEmbeddings.Postgres.Reading;

/// <summary>The beginning of texts that are longer than <see cref="TextLimits.MaxCharacters"/>: the server sends no more.</summary>
internal static class LongTexts
{
    /// <summary>
    /// The text of a row of <c>t</c>, with one character too many where it is to be cut. octet_length looks at the head of a
    /// stored text alone, and is never less than the characters.
    /// </summary>
    public static string Read(TableLayout layout)
    {
        var text = $"t.{layout.Text.Sql}::text";
        var most = TextLimits.MaxCharacters.ToString(CultureInfo.InvariantCulture);
        return $"CASE WHEN octet_length({text}) > {most} THEN left({text}, {most} + 1) ELSE {text} END";
    }
}
