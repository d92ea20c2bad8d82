using IngestEmbeddings.Postgres.Catalog;
using Npgsql;
using NpgsqlTypes;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Counts the rows of a table that are still to be done, and those set aside.</summary>
internal static class RowCounts
{
    /// <summary>Counts the rows that are still to be done, by as many processes of the server as it likes to use.</summary>
    public static async Task<long> PendingAsync(
        NpgsqlConnection connection, TableLayout layout, bool metricsOnly, string? destination, CancellationToken cancellationToken)
    {
        // Hardly ever is a row set aside. Asking in the statement whether any is would keep the server to one core: its plan would
        // have a subquery.
        if (destination is not null && await SetAsideAsync(connection, destination, cancellationToken) == 0)
        {
            destination = null;
        }

        var condition = PendingSql.Condition(layout, metricsOnly, destination is null ? null : "$2", "$1");
        var command = Statements.Command(
            $"SELECT count(*) FROM {layout.Table.Sql} AS t WHERE {condition}", PendingSql.WhiteSpace(connection));
        if (destination is not null)
        {
            command.Parameters.Add(Statements.Value(destination));
        }

        var settings = layout.Side is null ? LocalSettings.Long : LocalSettings.LongByHash;
        return await Statements.FirstAsync(connection, settings, command, static row => row.GetInt64(0), cancellationToken);
    }

    /// <summary>Counts as <see cref="PendingAsync"/> does where hardly any row can be left: after a run.</summary>
    public static Task<long> LeftAsync(
        NpgsqlConnection connection, TableLayout layout, bool metricsOnly, string destination, CancellationToken cancellationToken) =>
        metricsOnly
            ? CountUnmeasuredAsync(connection, layout, destination, cancellationToken)
            : PendingAsync(connection, layout, metricsOnly, destination, cancellationToken);

    /// <summary>About how many rows a table has of which no row has metrics yet.</summary>
    /// <returns>
    /// By the server's own records; <see cref="long.MaxValue"/> where it has none; null where some row has metrics.
    /// </returns>
    public static Task<long?> EstimateUnmeasuredAsync(
        NpgsqlConnection connection, TableLayout layout, CancellationToken cancellationToken) =>
        // As the planner does it: the density of rows when the table was last analyzed, by the pages that it has now.
        Statements.FirstAsync(
            connection,
            LocalSettings.Long,
            Statements.Command(
                $"""
                SELECT c.reltuples / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::integer)
                FROM (SELECT WHERE NOT EXISTS (SELECT FROM {layout.Metrics.Table.Sql})) AS untouched
                LEFT JOIN pg_catalog.pg_class AS c ON c.oid = $1 AND c.reltuples > 0 AND c.relpages > 0
                """,
                new NpgsqlParameter<uint> { TypedValue = layout.Table.Oid, NpgsqlDbType = NpgsqlDbType.Oid }),
            static row => (long?)(row.IsDBNull(0) ? long.MaxValue : (long)row.GetDouble(0)),
            cancellationToken);

    /// <summary>
    /// Counts the rows to measure, whether they have been or not: where no row had metrics at the start, what there was to do then,
    /// whatever has been done of it since. By one process of the server, as its plan has a subquery: the workers need the other cores.
    /// </summary>
    public static Task<long> MeasurableAsync(
        NpgsqlConnection connection, TableLayout layout, string destination, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Long,
            Statements.Command(
                $"SELECT count(*) FROM {layout.Table.Sql} AS t WHERE {PendingSql.Measurable(layout, "$2", "$1")}",
                PendingSql.WhiteSpace(connection),
                Statements.Value(destination)),
            static row => row.GetInt64(0),
            cancellationToken);

    public static Task<long> SetAsideAsync(NpgsqlConnection connection, string destination, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Long,
            Statements.Command("SELECT count(*) FROM ingest_embeddings.dead WHERE destination = $1", Statements.Value(destination)),
            static row => row.GetInt64(0),
            cancellationToken);

    /// <summary>Forgets that rows were set aside, so that they are pending again.</summary>
    public static Task<int> RetryAsync(NpgsqlConnection connection, string destination, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(
            connection,
            LocalSettings.Short,
            Statements.Command("DELETE FROM ingest_embeddings.dead WHERE destination = $1", Statements.Value(destination)),
            cancellationToken);

    // The keys of both tables are merged, which reads two indexes; the rows themselves, with their vectors, are looked at only where
    // a key has no metrics. That takes a quarter of the time of passing over the table. OFFSET 0 and LATERAL keep it in that order:
    // where the server believes that no row has a vector, as it does until a column just filled is analyzed, it would begin with
    // the rows, and merge the keys anew for each.
    private static Task<long> CountUnmeasuredAsync(
        NpgsqlConnection connection, TableLayout layout, string destination, CancellationToken cancellationToken)
    {
        var key = new KeySql(layout.Key);
        var sql = $"""
            SELECT count(*)
            FROM (SELECT {key.ColumnsAsSent} FROM {layout.Table.Sql} AS t WHERE {PendingSql.Unmeasured(layout)} OFFSET 0) AS u
            CROSS JOIN LATERAL (
                SELECT FROM {layout.Table.Sql} AS t WHERE {key.EqualsSent} AND {PendingSql.Measurable(layout, "$2", "$1")} OFFSET 0
            ) AS r
            """;
        return Statements.FirstAsync(
            connection,
            LocalSettings.LongInOrder,
            Statements.Command(sql, PendingSql.WhiteSpace(connection), Statements.Value(destination)),
            static row => row.GetInt64(0),
            cancellationToken);
    }
}
