using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.Changes;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Indexes;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Postgres.Targets;
using IngestEmbeddings.Postgres.Writing;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres;

/// <summary>A run as this process takes part in it.</summary>
internal sealed class PostgresRun : IIngestRun
{
    // A shorter run needs no total before its end, and a count would be a tenth of it.
    private static readonly TimeSpan CountAfter = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(2);

    private readonly ConnectionSource _source;
    private readonly PendingRows _pending;
    private readonly IndexRebuild? _rebuild;
    private RetryingConnection? _first;
    private int _suspectHeld;
    private int _waitingTold;

    public PostgresRun(ConnectionSource source, RunScope scope, JoinedRun joined, PendingRows pending, IndexRebuild? rebuild)
    {
        _source = source;
        _pending = pending;
        _rebuild = rebuild;
        Scope = scope;
        Reader = new WindowReader(scope.RunId, scope.Target, joined.FrequencyTable);
        Writer = new BatchWriter(scope, joined.FrequencyTable is not null);
        Progress = new RunProgress(scope);
        Watcher = scope.Watches ? new ChangeWatcher(source, scope) : null;
    }

    public long Pending => _pending.Rows;

    private bool HasNothingToDo => _pending is { IsCounted: true, Rows: 0 };

    public RunScope Scope { get; }

    public StoreBorder Border => _source.Border;

    public WindowReader Reader { get; }

    public BatchWriter Writer { get; }

    public RunProgress Progress { get; }

    /// <summary>Tells of noted changes; null in a run that goes through the table.</summary>
    public ChangeWatcher? Watcher { get; }

    /// <inheritdoc/>
    /// <remarks>
    /// Counts on a connection of its own while the workers run, or, where the server has none to spare, on the first worker's,
    /// which waits meanwhile.
    /// </remarks>
    public async Task<long> CountPendingAsync(CancellationToken cancellationToken)
    {
        if (Scope.Watches)
        {
            return 0;
        }

        if (_pending.IsCounted || Scope.Target is not MeasureTarget target)
        {
            return Pending;
        }

        await Task.Delay(CountAfter, Scope.Options.Clock, cancellationToken);
        return await Border.RunAsync(async () =>
        {
            await using var spare = await TryOpenSpareAsync(cancellationToken);
            return await (spare ?? _first!).RunAsync(
                (open, _, token) => RowCounts.MeasurableAsync(open, target, token), cancellationToken);
        });
    }

    public async Task<IRowSession> OpenSessionAsync(int worker, CancellationToken cancellationToken)
    {
        if (HasNothingToDo)
        {
            return new IdleSession();
        }

        return await Border.RunAsync(async () =>
        {
            var connection = await _source.OpenFirstAsync(cancellationToken);
            var registry = new WorkerRegistry(Scope.RunId, worker);
            var retrying = new RetryingConnection(_source, connection);
            var session = new PostgresSession(this, retrying, CreateRanges(registry.Name), registry);
            try
            {
                await session.EnterAsync(cancellationToken);
                _first ??= retrying;
                return session;
            }
            catch
            {
                await session.DisposeAsync();
                throw;
            }
        });
    }

    /// <summary>True when the server did not answer a worker that released its claims: the others do not try.</summary>
    public bool IsServerSilent { get; set; }

    /// <summary>The key ranges as one worker claims them.</summary>
    public KeyRanges CreateRanges(string owner) => new(
        Scope,
        owner,
        Scope.Watches ? (connection, token) => new ChangeCarver(Scope.Target).CarveAsync(connection, Scope.RunId, token) : null);

    public Task<RunProof> FinishAsync(CancellationToken cancellationToken) => Border.RunAsync(async () =>
    {
        await using var connection = new RetryingConnection(_source);
        return await connection.RunAsync((open, _, token) => FinishAsync(open, token), cancellationToken);
    });

    /// <summary>
    /// Looks after what other processes hold: claims of one that is gone become free, and that the run waits for another is
    /// told once.
    /// </summary>
    public async Task WatchOthersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await ForeignClaims.EndOrphanedAsync(connection, Scope.RunId, cancellationToken);
        if (Volatile.Read(ref _waitingTold) == 0
            && await ForeignClaims.DescribeAsync(connection, Scope.RunId, cancellationToken) is { } waiting
            && Interlocked.Exchange(ref _waitingTold, 1) == 0)
        {
            Scope.Options.Observer.Observe(waiting);
        }
    }

    /// <summary>Asks to do a key range that may have killed a worker; one session of the process may.</summary>
    public bool TryEnterSuspect() => Interlocked.CompareExchange(ref _suspectHeld, 1, 0) == 0;

    public void LeaveSuspect() => Interlocked.Exchange(ref _suspectHeld, 0);

    public async ValueTask DisposeAsync()
    {
        if (Watcher is null)
        {
            return;
        }

        await Watcher.DisposeAsync();
        if (IsServerSilent)
        {
            return;
        }

        using var limit = new CancellationTokenSource(CloseGrace, Scope.Options.Clock);
        try
        {
            await using var connection = new RetryingConnection(_source, patience: Patience.Command);
            await connection.RunAsync((open, token) => RunRegistry.CloseWatchAsync(open, Scope.RunId, token), limit.Token);
        }
        catch (Exception fault) when (fault is PostgresFault or IngestException or OperationCanceledException)
        {
            // The next process that watches goes on with the run.
        }
    }

    private async Task<RunProof> FinishAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // The last sweep, or the count with which a run began that had nothing to do, has read every row already.
        var pending = Progress.NothingIsPending ? new RowCount(0, Progress.Gone)
            : HasNothingToDo ? new RowCount(0, _pending.Gone)
            : await RowCounts.PendingAsync(connection, Scope.Target, isRecorded: true, cancellationToken);
        await RowCounts.FailUnreadableAsync(connection, Scope, cancellationToken);
        var failed = await RowCounts.FailedAsync(connection, Scope.Target.Destination, cancellationToken);
        // The process that ends the run builds; while others write, the index would slow them down.
        if (_rebuild is not null && await RunRegistry.IsDoneAsync(connection, Scope.RunId, Pending == 0, cancellationToken))
        {
            await _rebuild.RestoreAsync(connection, cancellationToken);
        }

        await RunRegistry.CloseAsync(connection, Scope.RunId, HasNothingToDo, cancellationToken);
        return new RunProof(pending.Pending, failed) { Pruned = await PruneAsync(connection, Math.Max(_pending.Gone, pending.Gone), cancellationToken) };
    }

    private async Task<PruneReport?> PruneAsync(NpgsqlConnection connection, long gone, CancellationToken cancellationToken)
    {
        if (gone <= 0)
        {
            return null;
        }

        var pruner = new RowPruner(Scope.Target.Vectors);
        if (await pruner.FindMissingGrantAsync(connection, cancellationToken) is { Length: > 0 } grant)
        {
            Scope.Options.Observer.Observe(new PruningDenied(Scope.Target.Layout.Table.FullName, grant));
            return null;
        }

        var pruned = await pruner.PruneAsync(connection, cancellationToken);
        return pruned.IsEmpty ? null : pruned;
    }

    private async Task<RetryingConnection?> TryOpenSpareAsync(CancellationToken cancellationToken)
    {
        try
        {
            return new RetryingConnection(_source, await _source.OpenAsync(cancellationToken));
        }
        catch (PostgresFault)
        {
            return null;
        }
    }
}

/// <summary>The rows that a run has to do.</summary>
/// <param name="Rows">How many there are.</param>
/// <param name="IsCounted">False: estimated, to be counted while the run is under way.</param>
/// <param name="Gone">What rows that are gone have left behind, as far as it was counted.</param>
internal readonly record struct PendingRows(long Rows, long Gone, bool IsCounted);
