using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Text;
using Npgsql;

namespace IngestEmbeddings.Postgres.Sql;

/// <summary>Conditions of which it is made that a row <c>t</c> is pending.</summary>
internal static class PendingSql
{
    // Below the size at which a row is compressed and its texts may be stored out of line, about 2 kB.
    private const int InlineBytes = 1500;

    /// <summary>
    /// The parameter with the blank characters. A database in another encoding than UTF-8 takes only those of ASCII.
    /// </summary>
    public static NpgsqlParameter Blank(NpgsqlConnection connection) => Statements.Value(
        connection.PostgresParameters.TryGetValue("server_encoding", out var encoding) && encoding != "UTF8" ? BlankCharacters.Ascii : BlankCharacters.All);

    /// <summary>The row's text is not blank, and the row has not failed.</summary>
    /// <param name="layout">The table.</param>
    /// <param name="destination">The parameter with the destination; null where no row can have failed.</param>
    /// <param name="blank">The parameter with <see cref="Blank"/>.</param>
    public static string Workable(TableLayout layout, string? destination, string blank)
    {
        var notFailed = destination is null ? "" : $" AND {FailedRowSql.NotFailed(new KeySql(layout.Key), destination)}";

        // The first byte nearly always tells: '!' to '~' are the visible characters of ASCII. A text stored out of line is not
        // fetched to be compared; its first characters tell, and reading all of a long text costs most.
        var text = $"t.{layout.Text.Sql}::text";
        return $"((octet_length({text}) < {InlineBytes} AND {text} COLLATE \"C\" BETWEEN '!' AND '~') " +
            $"OR btrim(left({text}, 40), {blank}) <> '' OR btrim({text}, {blank}) <> ''){notFailed}";
    }

    /// <summary>The row has no metrics.</summary>
    /// <param name="layout">The table.</param>
    /// <param name="since">The time, as an expression of SQL, before which metrics do not count; null for any.</param>
    /// <param name="range">Bounds of the metrics' key: without them, a plan may read all metrics for a few rows.</param>
    public static string Unmeasured(TableLayout layout, string? since, KeyBounds? range = null) =>
        NotMeasured(layout, range, $" AND {layout.Metrics.HasValues}{Since(layout, since)}");

    /// <summary>A further condition of metrics <c>m</c>: that they were made since a time; empty for any.</summary>
    public static string Since(TableLayout layout, string? since) => since is null ? "" : $" AND m.{layout.Metrics.UpdatedAt!.Sql} >= {since}";

    /// <summary>The row <c>t</c> has no metrics row, which the indexes alone tell.</summary>
    public static string WithoutMetricsRow(TableLayout layout) => NotMeasured(layout, range: null, "");

    private static string NotMeasured(TableLayout layout, KeyBounds? range, string done) =>
        $"NOT EXISTS (SELECT FROM {layout.Metrics.Table.Sql} m WHERE {MetricsOf(layout)}{done}{(range is null ? "" : " AND " + range(new KeySql(layout.Metrics.Key), "m"))})";

    /// <summary>The metrics <c>m</c> are those of the row <c>t</c>.</summary>
    public static string MetricsOf(TableLayout layout) => string.Join(" AND ", layout.Key.Select((column, index) =>
        $"m.{layout.Metrics.Key[index].Sql} {KeySql.Operator(column, "=")} t.{column.Sql}"));

    /// <summary>
    /// The hash of the text of <c>t</c>, 64 bits, that tells the vector of an older text. The server keeps its function stable
    /// because partitions by hash rest on it; in collation C, equal means the same bytes.
    /// </summary>
    public static string TextHash(TableLayout layout, int seed = 0) => $"""pg_catalog.hashtextextended(t.{layout.Text.Sql}::text COLLATE "C", {seed})""";
}

/// <summary>The condition that the key of a table lies in the range that a statement is about.</summary>
/// <param name="key">The key of the table.</param>
/// <param name="table">The name of the table in the statement.</param>
internal delegate string KeyBounds(KeySql key, string table);
