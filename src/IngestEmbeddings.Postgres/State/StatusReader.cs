using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.Targets;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Reads the state of a table from the tool's own records.</summary>
internal sealed class StatusReader(VectorTarget vectors)
{
    // A separate table of vectors has a destination for each model; all begin with the column.
    private const string Ours = "(starts_with(destination, $1) OR destination = $2)";

    private const string Runs = $"""
        SELECT r.run_id, r.model, r.created_at, r.replaces_since IS NOT NULL, r.pass, {KeyRangeSql.CountHeld}, {RunRegistry.ReplacesSince}
        FROM ingest_embeddings.run r
        WHERE r.finished_at IS NULL AND {Ours}
        ORDER BY r.created_at
        """;

    private const string Workers = """
        SELECT host || '/' || pid || '/' || number, rows_written, extract(epoch FROM now() - last_seen)::float8,
               extract(epoch FROM last_seen - started_at)::float8
        FROM ingest_embeddings.worker WHERE run_id = $1 ORDER BY last_seen DESC LIMIT 50
        """;

    private const string Origins = $"""
        SELECT {SpaceRegistry.Columns} FROM ingest_embeddings.space WHERE {Ours} ORDER BY recorded_at DESC
        """;

    private NpgsqlParameter[] Destinations =>
    [
        Statements.Value($"{vectors.Table.Sql}.{vectors.Column.Sql}"), Statements.Value(vectors.Layout.Metrics.Table.Sql),
    ];

    /// <summary>Reads the state.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="failedRows">The maximum failed rows to list.</param>
    /// <param name="mayEstimate">True to estimate the rows of a large table.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public async Task<TableStatus> ReadAsync(NpgsqlConnection connection, int failedRows, bool mayEstimate, CancellationToken cancellationToken)
    {
        var size = mayEstimate ? await RowEstimate.SizeAsync(connection, vectors, cancellationToken) : null;
        if (!await StateSchema.ExistsAsync(connection, cancellationToken))
        {
            return await CountAsync(connection, vectors, isRecorded: false, size, cancellationToken);
        }

        var runs = await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(Runs, Destinations),
            static row => (
                Id: row.GetGuid(0),
                ReplacedSince: row.IsDBNull(6) ? null : row.GetString(6),
                Status: new RunStatus(
                    row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetBoolean(3), row.GetInt16(4), row.GetInt64(5), [])),
            cancellationToken);
        var failed = await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(FailedRowSql.List, [.. Destinations, Statements.Value(failedRows)]),
            static row => (Row: new FailedRow(row.GetString(0), row.GetString(1), row.GetString(2)), All: row.GetInt64(3)),
            cancellationToken);
        var origins = await ListOriginsAsync(connection, cancellationToken);
        var replaced = vectors with { ReplacedSince = runs.Select(static run => run.ReplacedSince).FirstOrDefault(static since => since is not null) };
        var statuses = new List<RunStatus>();
        foreach (var run in runs)
        {
            statuses.Add(run.Status with { Workers = await WorkersAsync(connection, run.Id, cancellationToken) });
        }

        return await CountAsync(connection, replaced, isRecorded: true, size, cancellationToken) with
        {
            Failed = failed.Count == 0 ? 0 : failed[0].All,
            FailedRows = [.. failed.Select(static one => one.Row)],
            Runs = statuses,
            Origins = origins,
        };
    }

    /// <summary>Reads what made the vectors; nothing before the first run.</summary>
    public async Task<IReadOnlyList<VectorOrigin>> ReadOriginsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await StateSchema.ExistsAsync(connection, cancellationToken) ? await ListOriginsAsync(connection, cancellationToken) : [];

    private Task<List<VectorOrigin>> ListOriginsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Statements.ListAsync(
        connection,
        LocalSettings.Short,
        Statements.Command(Origins, Destinations),
        SpaceRegistry.Read,
        cancellationToken);

    // What rows that are gone have left takes a join of whole tables, so it is not estimated.
    private async Task<TableStatus> CountAsync(
        NpgsqlConnection connection, VectorTarget counted, bool isRecorded, double? size, CancellationToken cancellationToken)
    {
        var rows = size is { } about
            ? await RowEstimate.EstimateAsync(connection, counted, isRecorded, about, cancellationToken)
            : await RowEstimate.CountAsync(connection, counted, isRecorded, cancellationToken);
        return new TableStatus
        {
            IsExact = size is null,
            Rows = rows.WithText,
            Pending = rows.Pending,
            Changed = rows.Changed,
            Gone = size is null ? await new RowPruner(vectors).CountAsync(connection, cancellationToken) : 0,
            Failed = 0,
            FailedRows = [],
        };
    }

    private static async Task<IReadOnlyList<WorkerStatus>> WorkersAsync(
        NpgsqlConnection connection, Guid run, CancellationToken cancellationToken) => await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(Workers, Statements.Value(run)),
            static row => new WorkerStatus(row.GetString(0), row.GetInt64(1), TimeSpan.FromSeconds(row.GetDouble(2)))
            {
                Worked = TimeSpan.FromSeconds(row.GetDouble(3)),
            },
            cancellationToken);
}
