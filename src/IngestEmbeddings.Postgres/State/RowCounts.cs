using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.Targets;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Counts the pending rows of a table, and the failed ones.</summary>
internal static class RowCounts
{
    /// <summary>Counts the pending rows, with as many parallel workers of the server as its planner chooses.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="target">What is to be made of the rows.</param>
    /// <param name="isRecorded">False: the state schema is missing, so no row can have failed.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public static async Task<RowCount> PendingAsync(
        NpgsqlConnection connection, RunTarget target, bool isRecorded, CancellationToken cancellationToken)
    {
        // Hardly ever has a row failed. A condition on failed rows would keep the server to one core: its plan would have a subquery.
        var anyFailed = isRecorded && await FailedAsync(connection, target.Destination, cancellationToken) > 0;
        var (sql, settings) = target.Count(anyFailed ? "$2" : null, "$1");
        var command = Statements.Command(sql, PendingSql.Blank(connection));
        if (anyFailed)
        {
            command.Parameters.Add(Statements.Value(target.Destination));
        }

        return await CountRowsAsync(connection, settings, command, cancellationToken);
    }

    /// <summary>Counts as <see cref="PendingAsync"/> does where hardly any row can be left: after a run.</summary>
    public static Task<RowCount> LeftAsync(NpgsqlConnection connection, RunTarget target, CancellationToken cancellationToken)
    {
        if (!target.MayEstimate)
        {
            return PendingAsync(connection, target, isRecorded: true, cancellationToken);
        }

        var (sql, settings) = target.CountLeft("$2", "$1");
        return CountRowsAsync(
            connection, settings, Statements.Command(sql, PendingSql.Blank(connection), Statements.Value(target.Destination)), cancellationToken);
    }

    /// <summary>About how many rows a table has, none of which has metrics yet.</summary>
    /// <returns>
    /// By the server's statistics; <see cref="long.MaxValue"/> where it has none; null where some row has metrics.
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
                Statements.Oid(layout.Table.Oid)),
            static row => (long?)(row.IsDBNull(0) ? long.MaxValue : (long)row.GetDouble(0)),
            cancellationToken);

    /// <summary>
    /// Counts the rows to measure, measured or not: where no row had metrics at the start, that is what was pending then. Runs on
    /// one process of the server, because its plan has a subquery: the workers need the other cores.
    /// </summary>
    public static Task<long> MeasurableAsync(NpgsqlConnection connection, MeasureTarget target, CancellationToken cancellationToken) =>
        CountAsync(
            connection,
            LocalSettings.Long,
            Statements.Command(
                $"SELECT count(*) FROM {target.Layout.Table.Sql} AS t WHERE {target.Measurable("$2", "$1")}",
                PendingSql.Blank(connection),
                Statements.Value(target.Destination)),
            cancellationToken);

    /// <summary>Counts the failed rows.</summary>
    public static Task<long> FailedAsync(NpgsqlConnection connection, string destination, CancellationToken cancellationToken) =>
        CountAsync(connection, LocalSettings.Long, Statements.Command(FailedRowSql.Count, Statements.Value(destination)), cancellationToken);

    /// <summary>Records the rows of a database in SQL_ASCII that are no UTF-8 as failed.</summary>
    public static async Task FailUnreadableAsync(NpgsqlConnection connection, RunScope scope, CancellationToken cancellationToken)
    {
        if (scope.Target.Layout.TakesAnyBytes)
        {
            await Statements.ExecuteAsync(
                connection,
                LocalSettings.Long,
                Statements.Command(
                    Utf8Sql.RecordUnreadable(scope.Target.Layout),
                    Statements.Value(scope.RunId),
                    Statements.Value(scope.Target.Destination),
                    Statements.Value(scope.Shape)),
                cancellationToken);
        }
    }

    /// <summary>Makes all failed rows pending again.</summary>
    public static Task<int> RetryAsync(NpgsqlConnection connection, string destination, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(
            connection, LocalSettings.Short, Statements.Command(FailedRowSql.Retry, Statements.Value(destination)), cancellationToken);

    /// <summary>Makes those failed rows pending again whose text or whose tables have changed.</summary>
    public static Task<int> ForgetChangedAsync(NpgsqlConnection connection, RunTarget target, string shape, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(
            connection,
            LocalSettings.Long,
            Statements.Command(FailedRowSql.Forget(target.Layout), Statements.Value(target.Destination), Statements.Value(shape)),
            cancellationToken);

    private static Task<RowCount> CountRowsAsync(
        NpgsqlConnection connection, LocalSettings settings, NpgsqlBatchCommand command, CancellationToken cancellationToken) =>
        Statements.FirstAsync(connection, settings, command, static row => new RowCount(row.GetInt64(0), row.GetInt64(1)), cancellationToken)!;

    private static Task<long> CountAsync(
        NpgsqlConnection connection, LocalSettings settings, NpgsqlBatchCommand command, CancellationToken cancellationToken) =>
        Statements.FirstAsync(connection, settings, command, static row => row.GetInt64(0), cancellationToken);
}

/// <summary>What there is to do in a table.</summary>
/// <param name="Pending">Rows to do.</param>
/// <param name="Gone">Vectors or metrics rows left by rows that are gone or have no text any more; 0 where that was not counted.</param>
internal sealed record RowCount(long Pending, long Gone);
