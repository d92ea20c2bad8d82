using IngestEmbeddings.Postgres.Catalog;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Whether a row of the table <c>t</c> has its vector, in whichever place vectors are kept.</summary>
internal static class VectorSql
{
    /// <summary>The row has a vector, of the model where one is given, be it of this text or of an older one.</summary>
    public static string Present(TableLayout layout) => layout.Side is { } side
        ? $"EXISTS (SELECT FROM {side.Table.Sql} e WHERE {Row(layout, side)})"
        : $"t.{layout.Vector.Sql} IS NOT NULL";

    /// <summary>The row has no vector of its present text; in a re-embedding, none that was written since it began.</summary>
    /// <remarks>
    /// In a column nothing tells when a vector was written. The row's metrics do: they are written by the same statement.
    /// </remarks>
    /// <param name="layout">The table.</param>
    /// <param name="range">What is known of the key of the vectors, known as <c>e</c>, for the plan's sake.</param>
    public static string Absent(TableLayout layout, string? range) => layout.Side is { } side
        ? $"NOT EXISTS (SELECT FROM {side.Table.Sql} e WHERE {Row(layout, side)} AND e.{side.TextHash.Sql} = {TextHash(layout)}" +
            $"{(layout.RemadeSince is null ? "" : $" AND e.{side.UpdatedAt.Sql} >= {layout.RemadeSince}")}{(range is null ? "" : " AND " + range)})"
        : layout.RemadeSince is null ? $"t.{layout.Vector.Sql} IS NULL"
        : $"(t.{layout.Vector.Sql} IS NULL OR NOT EXISTS (SELECT FROM {layout.Metrics.Table.Sql} m " +
            $"WHERE {PendingSql.MetricsOf(layout)} AND m.{layout.Metrics.UpdatedAt!.Sql} >= {layout.RemadeSince}))";

    /// <summary>
    /// The hash of a row's text, 64 bits, that tells a vector of an older text. The server's own function, which it keeps stable
    /// because partitions by hash rest on it; the collation is C, in which equal means the same bytes.
    /// </summary>
    public static string TextHash(TableLayout layout) => $"""hashtextextended(t.{layout.Text.Sql}::text COLLATE "C", 0)""";

    private static string Row(TableLayout layout, SideTable side) =>
        string.Join(" AND ", layout.Key.Select((column, index) => $"e.{side.Key[index].Sql} = t.{column.Sql}")) +
        (side.ModelSql is null ? "" : $" AND e.{side.Model.Sql} = {side.ModelSql}");
}
