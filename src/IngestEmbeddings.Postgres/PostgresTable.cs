using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Indexes;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.Scratch;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres;

/// <summary>A table of a PostgreSQL database that can be ingested.</summary>
internal sealed class PostgresTable(ConnectionSource source, PostgresOptions options, TableLayout layout) : IIngestTable, IVectorIndexing
{
    private const int SmallestChunk = 256;
    private const int LargestChunk = 4096;

    // Metrics alone take microseconds a row: a chunk of that many is still done in a fraction of a second.
    private const int LargestMetricsChunk = 16_384;

    // Chunks that each worker should get, so that the last ones do not keep everybody waiting.
    private const int ChunksPerWorker = 8;

    // For the model of the last run, once there was one: a table beside this one keeps the vectors of several.
    private TableLayout _layout = layout;

    public TableDescription Description { get; } = layout.Describe();

    public IVectorIndexing Indexing => this;

    public async Task<long> CountPendingAsync(IngestWork work, CancellationToken cancellationToken)
    {
        var metricsOnly = work is MeasureWork;
        await using var connection = new RetryingConnection(source);
        return await connection.RunAsync(
            async (open, _, token) =>
            {
                var table = _layout;
                var destination = await StateSchema.ExistsAsync(open, token) ? Destination(table, metricsOnly) : null;
                return await RowCounts.PendingAsync(open, table, metricsOnly, destination, token);
            },
            cancellationToken);
    }

    public async Task<IReadOnlyList<string>> SampleAsync(int rows, CancellationToken cancellationToken)
    {
        var text = $"t.{_layout.Text.Sql}::text";
        await using var connection = new RetryingConnection(source);
        return await connection.RunAsync(
            (open, _, token) => Statements.ListAsync(
                open,
                LocalSettings.Short,
                Statements.Command(
                    $"SELECT {LongTexts.Read(_layout)} FROM {_layout.Table.Sql} AS t WHERE btrim({text}, $2) <> '' LIMIT $1",
                    Statements.Value(rows),
                    PendingSql.WhiteSpace(open)),
                static row => row.GetString(0),
                token),
            cancellationToken);
    }

    public async Task<IScratchTable> CreateScratchAsync(ScratchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return await PostgresScratchTable.CreateAsync(source, options, _layout, request.Rows, request.KeepVectors, cancellationToken);
    }

    public async Task<IIngestRun> StartRunAsync(RunRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var connection = new RetryingConnection(source);
        return await connection.RunAsync((open, _, token) => StartAsync(open, request, token), cancellationToken);
    }

    public async Task<TableStatus> ReadStatusAsync(int failedRows, CancellationToken cancellationToken)
    {
        await using var connection = new RetryingConnection(source);
        return await connection.RunAsync((open, _, token) => new StatusReader(_layout).ReadAsync(open, failedRows, token), cancellationToken);
    }

    public Task<VectorIndexReport> BuildIndexAsync(VectorIndexRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new IndexCommand(source, _layout, options.Clock).RunAsync(request, cancellationToken);
    }

    private async Task<IIngestRun> StartAsync(NpgsqlConnection connection, RunRequest request, CancellationToken cancellationToken)
    {
        var metricsOnly = request.Work is MeasureWork;
        var table = request.Work.Encoder is { } maker ? await _layout.ForModelAsync(connection, maker.Model, cancellationToken) : _layout;
        var destination = Destination(table, request.Work is MeasureWork);
        await TableRights.CheckAsync(connection, table, request.Work is MeasureWork, cancellationToken);
        await StateSchema.EnsureAsync(connection, cancellationToken);
        if (request.Work is EmbedWork { Replace: true } && table is { Side: null, Metrics.UpdatedAt: null })
        {
            throw new IngestException(
                IngestError.Configuration,
                $"Table {table.Metrics.Table.FullName} has no column updated_at, which tells the rows already re-embedded from the others. " +
                "Add it (timestamptz), and run again.");
        }

        if (request.RetryFailed)
        {
            await RowCounts.RetryAsync(connection, destination, cancellationToken);
        }

        await TableWarnings.TellAsync(connection, table, request.Work is MeasureWork, request.Observer, cancellationToken);
        // Where no row has metrics yet, what there is to do can be counted at any time, and nobody need wait for it.
        var estimate = request.Work is MeasureWork ? await RowCounts.EstimateUnmeasuredAsync(connection, table, cancellationToken) : null;
        var (run, pending) = await JoinAndCountAsync(connection, table, destination, request, estimate, cancellationToken);
        await ForeignClaims.EndOrphanedAsync(connection, run.RunId, cancellationToken);
        table = table with { RemadeSince = run.RemadeSince };
        _layout = table;
        var rebuild = request.Work is MeasureWork ? null : new IndexRebuild(source, table, request.IndexWorkers, request.Observer, options.Clock);
        if (rebuild is not null)
        {
            await rebuild.PrepareAsync(connection, request.RebuildIndex, pending, cancellationToken);
        }

        var scope = new ClaimScope(run.RunId, destination, metricsOnly, ChunkRows(pending, request), options.Lease) { Failpoints = options.Failpoints };
        return new PostgresRun(source, options, table, scope, run.FrequencyTable, pending, isCounted: estimate is null, rebuild);
    }

    // Frequencies are one aggregate over the table: what is pending is counted meanwhile, where the server has a connection to spare.
    // The second worker has that one then, for whom it is opened also where nothing is to be counted.
    // What a re-embedding has left to do depends on when it began, and is counted when that is known.
    private async Task<(JoinedRun Run, long Pending)> JoinAndCountAsync(
        NpgsqlConnection connection, TableLayout table, string destination, RunRequest request, long? estimate,
        CancellationToken cancellationToken)
    {
        var counting = request is { Frequency: true, Work: not EmbedWork { Replace: true } } && (estimate is null || request.Workers > 1)
            ? TryCountAsideAsync(table, destination, request, estimate, cancellationToken)
            : Task.FromResult(estimate);
        JoinedRun run;
        try
        {
            run = await new RunRegistry(table, destination, request).JoinAsync(connection, cancellationToken);
        }
        finally
        {
            await ((Task)counting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var pending = run.RemadeSince is null ? await counting : null;
        return (run, pending ?? await RowCounts.PendingAsync(
            connection, table with { RemadeSince = run.RemadeSince }, request.Work is MeasureWork, destination, cancellationToken));
    }

    private async Task<long?> TryCountAsideAsync(
        TableLayout table, string destination, RunRequest request, long? estimate, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenAsync(cancellationToken);
            return estimate ?? await RowCounts.PendingAsync(connection, table, request.Work is MeasureWork, destination, cancellationToken);
        }
        catch (NpgsqlException)
        {
            // No second connection is to be had, or it broke: the first one counts.
            return estimate;
        }
    }

    private static int ChunkRows(long pending, RunRequest request)
    {
        // Whole windows: a rest would be read and written by itself.
        var share = pending / ((long)Math.Max(1, request.Workers) * ChunksPerWorker);
        var rows = (int)Math.Clamp(share, SmallestChunk, request.Work is MeasureWork ? LargestMetricsChunk : LargestChunk);
        return Math.Max(1, rows / request.WindowRows) * request.WindowRows;
    }

    private static string Destination(TableLayout table, bool metricsOnly) => metricsOnly ? table.Metrics.Table.Sql : table.VectorDestination;
}
