using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Changes;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Indexes;
using IngestEmbeddings.Postgres.Logging;
using IngestEmbeddings.Postgres.Planning;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.Scratch;
using IngestEmbeddings.Postgres.Searching;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Postgres.Targets;
using IngestEmbeddings.Postgres.Verifying;
using IngestEmbeddings.Searching;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Verifying;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IngestEmbeddings.Postgres;

/// <summary>A table of a PostgreSQL database that can be ingested.</summary>
internal sealed class PostgresTable(ConnectionSource source, PostgresOptions options, TableLayout layout) : IIngestTable, IVectorIndexing
{
    private const int MinRangeRows = 256;

    // Key ranges that each worker should get, so that no worker waits long for the last ones.
    private const int RangesPerWorker = 8;

    // Of the model of the last run, once there was one: a separate table keeps the vectors of several.
    private VectorTarget _vectors = VectorTarget.Of(layout);

    public TableDescription Description { get; } = layout.Describe();

    public IVectorIndexing Indexing => this;

    public IRowSearch Search => new RowSearch(source, VectorTarget.Of(layout));

    public ITableAudit Audit => new TableAudit(source, VectorTarget.Of(layout), layout.Table.Name);

    public Task<long> CountPendingAsync(IngestWork work, CancellationToken cancellationToken) => RunAsync(
        async (open, token) => (await RowCounts.PendingAsync(
            open, RunTarget.Of(work, _vectors), await StateSchema.ExistsAsync(open, token), token)).Pending,
        cancellationToken);

    public Task<IReadOnlyList<string>> SampleAsync(int rows, CancellationToken cancellationToken)
    {
        var sql = $"SELECT {LongTexts.Read(layout)} FROM {layout.Table.Sql} AS t WHERE btrim(t.{layout.Text.Sql}::text, $2) <> '' LIMIT $1";
        return RunAsync<IReadOnlyList<string>>(
            async (open, token) => await Statements.ListAsync(
                open,
                LocalSettings.Short,
                Statements.Command(sql, Statements.Value(rows), PendingSql.Blank(open)),
                static row => row.GetString(0),
                token),
            cancellationToken);
    }

    public Task<IScratchTable> CreateScratchAsync(ScratchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var copy = new ScratchCopy(layout, ScratchName.New(), request.KeepVectors);
        return source.Border.RunAsync<IScratchTable>(async () => await PostgresScratchTable.CreateAsync(
            source, copy, request.Rows, found => new PostgresTable(source, options, found), cancellationToken));
    }

    public Task<IIngestRun> StartRunAsync(RunRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return RunAsync((open, token) => StartAsync(open, request, token), cancellationToken);
    }

    public Task<TableStatus> ReadStatusAsync(int failedRows, bool mayEstimate, CancellationToken cancellationToken) =>
        RunAsync((open, token) => new StatusReader(_vectors).ReadAsync(open, failedRows, mayEstimate, token), cancellationToken);

    public Task<IReadOnlyList<VectorOrigin>> ReadOriginsAsync(CancellationToken cancellationToken) =>
        RunAsync((open, token) => new StatusReader(_vectors).ReadOriginsAsync(open, token), cancellationToken);

    public Task<TablePlan> ReadPlanAsync(PlanRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return RunAsync(
            async (open, token) =>
            {
                var vectors = request.Work.Encoder is { } encoder ? await ModelNames.OfModelAsync(open, _vectors, encoder.Identity, token) : _vectors;
                return await new PlanReader(vectors with { ReplacedSince = null }, request).ReadAsync(open, token);
            },
            cancellationToken);
    }

    public Task<PruneReport> PruneAsync(CancellationToken cancellationToken) => RunAsync(
        async (open, token) =>
        {
            var pruner = new RowPruner(_vectors);
            return await pruner.FindMissingGrantAsync(open, token) is { Length: > 0 } grant
                ? throw new IngestException(
                    IngestError.Configuration, $"This role may not remove what rows of {layout.Table.FullName} that are gone have left. Ask the owner for: {grant}")
                : await pruner.PruneAsync(open, token);
        },
        cancellationToken);

    public Task KeepReceiptAsync(string receipt, CancellationToken cancellationToken) => RunAsync(
        async (open, token) =>
        {
            await new ReceiptBook(layout).KeepAsync(open, receipt, token);
            return true;
        },
        cancellationToken);

    public Task<IReadOnlyList<string>> ReadReceiptsAsync(CancellationToken cancellationToken) =>
        RunAsync((open, token) => new ReceiptBook(layout).ReadAsync(open, token), cancellationToken);

    public Task<VectorIndexReport> BuildIndexAsync(VectorIndexRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return source.Border.RunAsync(() => new IndexCommand(source, layout, options.Clock).RunAsync(request, cancellationToken));
    }

    private Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        source.Border.RunAsync(async () =>
        {
            await using var connection = new RetryingConnection(source, patience: Patience.Command);
            return await connection.RunAsync((open, _, token) => work(open, token), cancellationToken);
        });

    private async Task<IIngestRun> StartAsync(NpgsqlConnection connection, RunRequest request, CancellationToken cancellationToken)
    {
        var vectors = request.Work.Encoder is { } encoder ? await ModelNames.OfModelAsync(connection, _vectors, encoder.Identity, cancellationToken) : _vectors;
        var target = RunTarget.Of(request.Work, vectors with { ReplacedSince = null });
        await TableRights.CheckAsync(connection, target, cancellationToken);
        if (target is MeasureTarget measure)
        {
            target = measure with { MayLockRows = await TableRights.MayLockAsync(connection, target, cancellationToken) };
        }

        await KeyText.CheckAsync(connection, layout, cancellationToken);
        await StateSchema.EnsureAsync(connection, cancellationToken);
        if (request.Watch && !await new ChangeTracking(layout).IsTrackedAsync(connection, cancellationToken))
        {
            throw new IngestException(IngestError.Configuration, $"Table {layout.Table.FullName}, or a partition of it, does not note its changes.")
            {
                Suggestion = new Suggestion("To note them", "init", layout.Requested, "--track-changes"),
            };
        }

        if (request.Work is EmbedWork { Replace: true } or MeasureWork { Recompute: true } && layout.Metrics.UpdatedAt is null && (request.Work is MeasureWork || !target.Vectors.CanReplace))
        {
            throw new IngestException(
                IngestError.Configuration,
                layout.Metrics.IsNone
                    ? MetricsLayout.NoTime
                    : $"Table {layout.Metrics.Table.FullName} has no column updated_at, which tells the rows that are done again from the others. " +
                      "Add it (timestamptz), and run again.");
        }

        if (request.RetryFailed)
        {
            await RowCounts.RetryAsync(connection, target.Destination, cancellationToken);
        }

        var shape = await TableShape.ReadAsync(connection, target, cancellationToken);
        await RowCounts.ForgetChangedAsync(connection, target, shape.Hash, cancellationToken);
        target = target with { Vectors = target.Vectors.WithRowTriggers(shape.HasRowTriggers) };
        if (!request.Watch)
        {
            await TableWarnings.TellAsync(connection, target, request.Observer, cancellationToken);
            await TakeNotesAsync(connection, target, cancellationToken);
        }

        // Where no row has metrics yet, what is pending can be counted at any time, and no worker waits for it.
        var estimate = target.MayEstimate && !Remakes(request) ? await RowCounts.EstimateUnmeasuredAsync(connection, layout, cancellationToken) : null;
        var (joined, pending) = request.Watch
            ? (await new RunRegistry(target, request).JoinAsync(connection, cancellationToken), new RowCount(long.MaxValue, Gone: 0))
            : await JoinAndCountAsync(connection, target, request, estimate, cancellationToken);
        options.LoggerFactory.CreateLogger<PostgresTable>().RunJoined(joined.RunId, target.Destination);
        await ForeignClaims.EndOrphanedAsync(connection, joined.RunId, cancellationToken);
        _vectors = target.Vectors with { ReplacedSince = joined.ReplacesSince };
        var rebuild = target.SendsVectors && !request.Watch ? new IndexRebuild(source, layout, request.IndexWorkers, request.Observer, options) : null;
        if (rebuild is not null)
        {
            await rebuild.PrepareAsync(connection, request.RebuildIndex, pending.Pending, cancellationToken);
        }

        var scope = new RunScope(joined.RunId, target with { Vectors = _vectors }, RangeRows(target, pending.Pending, request), options, shape.Hash) { Watches = request.Watch };
        return new PostgresRun(source, scope, joined, new PendingRows(pending.Pending, pending.Gone, IsCounted: estimate is null && !request.Watch), rebuild);
    }

    // Frequencies are one aggregate over the table: what is pending is counted meanwhile, where the server has a connection to spare.
    // That connection then serves the second worker, so it is opened even where nothing is to be counted.
    // What a run that replaces vectors has left depends on when it began, so it is counted afterwards.
    private async Task<(JoinedRun Run, RowCount Pending)> JoinAndCountAsync(
        NpgsqlConnection connection, RunTarget target, RunRequest request, long? estimate, CancellationToken cancellationToken)
    {
        var counting = request.Frequency && !Remakes(request) && (estimate is null || request.Workers > 1)
            ? TryCountMeanwhileAsync(target, estimate, cancellationToken)
            : Task.FromResult(Estimated(estimate));
        JoinedRun run;
        try
        {
            run = await new RunRegistry(target, request).JoinAsync(connection, cancellationToken);
        }
        finally
        {
            await ((Task)counting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var pending = run.ReplacesSince is null ? await counting : null;
        var joined = target with { Vectors = target.Vectors with { ReplacedSince = run.ReplacesSince } };
        return (run, pending ?? await RowCounts.PendingAsync(connection, joined, isRecorded: true, cancellationToken));
    }

    private static bool Remakes(RunRequest request) => request.Work is EmbedWork { Replace: true } or MeasureWork { Recompute: true };

    // What is noted is found by a run that looks at every row; only that a row of which nothing was known has changed is the note's alone.
    // Where processes watch, the notes are theirs.
    private static async Task TakeNotesAsync(NpgsqlConnection connection, RunTarget target, CancellationToken cancellationToken)
    {
        if (target is not EmbedTarget || await RunRegistry.IsWatchedAsync(connection, target, cancellationToken))
        {
            return;
        }

        bool more;
        do
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            more = await new ChangeCarver(target).CarveAsync(connection, runId: null, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        while (more);
    }

    // Where no row has metrics yet, no row that is gone has left any.
    private static RowCount? Estimated(long? rows) => rows is { } count ? new RowCount(count, Gone: 0) : null;

    private async Task<RowCount?> TryCountMeanwhileAsync(RunTarget target, long? estimate, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenAsync(cancellationToken);
            return Estimated(estimate) ?? await RowCounts.PendingAsync(connection, target, isRecorded: true, cancellationToken);
        }
        catch (Exception fault) when (fault is PostgresFault or NpgsqlException)
        {
            // The server has no second connection, or it broke: the first one counts.
            return Estimated(estimate);
        }
    }

    private static int RangeRows(RunTarget target, long pending, RunRequest request)
    {
        var workers = Math.Max(1, request.Workers);
        if (workers > 1 && RunRequest.ShareOf(pending, workers, request.BatchRows) is var few && few < request.WindowRows)
        {
            // Few rows: with ranges of a whole window the last workers would get less than the others, or nothing.
            return (int)few;
        }

        // Whole windows: a rest would be read and written by itself.
        var share = pending / ((long)workers * RangesPerWorker);
        var rows = (int)Math.Clamp(share, MinRangeRows, target.MaxRangeRows);
        return Math.Max(1, rows / request.WindowRows) * request.WindowRows;
    }
}
