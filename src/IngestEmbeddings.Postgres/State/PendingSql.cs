using IngestEmbeddings.Postgres.Catalog;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>The condition that a row of the table <c>t</c> is still to be done.</summary>
internal static class PendingSql
{
    private static readonly string UnicodeWhiteSpace =
        string.Concat(Enumerable.Range(0, char.MaxValue).Select(code => (char)code).Where(char.IsWhiteSpace));

    private static readonly string AsciiWhiteSpace = string.Concat(UnicodeWhiteSpace.Where(char.IsAscii));

    // Below the size at which a row is squeezed and its texts may be stored out of line, about 2 kB.
    private const int InlineBytes = 1500;

    /// <summary>
    /// The parameter with the characters that make a text blank: Unicode White_Space. A database that is not kept in UTF-8
    /// cannot be told them all; there only those of ASCII count.
    /// </summary>
    public static NpgsqlParameter WhiteSpace(NpgsqlConnection connection) => Statements.Value(
        connection.PostgresParameters.TryGetValue("server_encoding", out var encoding) && encoding != "UTF8"
            ? AsciiWhiteSpace
            : UnicodeWhiteSpace);

    /// <summary>The condition.</summary>
    /// <param name="layout">The table.</param>
    /// <param name="metricsOnly">True: rows with a vector and no metrics. False: rows without a vector.</param>
    /// <param name="destination">The parameter with the destination; null where no row can have been set aside yet.</param>
    /// <param name="whiteSpace">The parameter with <see cref="WhiteSpace"/>.</param>
    /// <param name="range">
    /// Says for another table's key and name what is known of the keys asked for: without it, a plan may read all metrics or all
    /// vectors for a few rows.
    /// </param>
    public static string Condition(
        TableLayout layout, bool metricsOnly, string? destination, string whiteSpace, Func<KeySql, string, string>? range = null) =>
        metricsOnly
            ? $"{Unmeasured(layout, range)} AND {Measurable(layout, destination, whiteSpace)}"
            : $"{VectorSql.Absent(layout, layout.Side is null ? null : range?.Invoke(new KeySql(layout.Side.Key), "e"))} AND {Workable(layout, destination, whiteSpace)}";

    /// <summary>The row has no metrics.</summary>
    public static string Unmeasured(TableLayout layout, Func<KeySql, string, string>? range = null) =>
        $"NOT EXISTS (SELECT FROM {layout.Metrics.Table.Sql} m WHERE {MetricsOf(layout)}{(range is null ? "" : " AND " + range(new KeySql(layout.Metrics.Key), "m"))})";

    /// <summary>The row is one to measure, unless it has been: it has a vector, and a text that is not blank.</summary>
    public static string Measurable(TableLayout layout, string? destination, string whiteSpace) =>
        $"{VectorSql.Present(layout)} AND {Workable(layout, destination, whiteSpace)}";

    // The text is not blank, and the row not set aside.
    private static string Workable(TableLayout layout, string? destination, string whiteSpace)
    {
        // Whether any row is set aside is asked once: only then is it asked of each.
        var alive = destination is null ? "" :
            $" AND (NOT EXISTS (SELECT FROM ingest_embeddings.dead d WHERE d.destination = {destination})" +
            $" OR NOT EXISTS (SELECT FROM ingest_embeddings.dead d WHERE d.destination = {destination} AND d.key = {new KeySql(layout.Key).AsArray}))";

        // The first byte tells almost always: '!' to '~' are the visible characters of ASCII. A text that is stored out of line
        // is not fetched to be compared; of that, and of any other, the first few characters tell nearly always, and looking at
        // all of a long text costs reading all of it.
        var text = $"t.{layout.Text.Sql}::text";
        return $"((octet_length({text}) < {InlineBytes} AND {text} COLLATE \"C\" BETWEEN '!' AND '~') " +
            $"OR btrim(left({text}, 40), {whiteSpace}) <> '' OR btrim({text}, {whiteSpace}) <> ''){alive}";
    }

    /// <summary>The metrics <c>m</c> are those of the row <c>t</c>.</summary>
    public static string MetricsOf(TableLayout layout) => string.Join(" AND ", layout.Key.Select((column, index) =>
        $"m.{layout.Metrics.Key[index].Sql} = t.{column.Sql}"));
}
