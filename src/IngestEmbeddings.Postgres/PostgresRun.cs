using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Indexes;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Postgres.Writing;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres;

/// <summary>A run as this process takes part in it.</summary>
internal sealed class PostgresRun : IIngestRun
{
    // A run that is shorter needs no total before its end, and a count would be a tenth of it.
    private static readonly TimeSpan CountAfter = TimeSpan.FromSeconds(1);

    private readonly ConnectionSource _source;
    private readonly TableLayout _layout;
    private readonly ClaimScope _scope;
    private readonly IIngestObserver _observer;
    private readonly bool _isCounted;
    private readonly IndexRebuild? _rebuild;
    private RetryingConnection? _first;
    private int _suspectHeld;
    private int _waitingTold;

    public PostgresRun(
        ConnectionSource source, PostgresOptions options, TableLayout layout, ClaimScope scope, string? frequencyTable, long pending,
        bool isCounted, IndexRebuild? rebuild)
    {
        _source = source;
        _layout = layout;
        _scope = scope;
        _observer = options.Observer;
        _isCounted = isCounted;
        _rebuild = rebuild;
        Clock = options.Clock;
        Lease = options.Lease;
        Pending = pending;
        Reader = new WindowReader(layout, scope.MetricsOnly, scope.Destination, frequencyTable);
        Writer = new BatchWriter(layout, scope, frequencyTable is not null);
        Progress = new RunProgress(layout, scope);
    }

    public long Pending { get; }

    public TimeProvider Clock { get; }

    public TimeSpan Lease { get; }

    public Failpoints Failpoints => _scope.Failpoints;

    public WindowReader Reader { get; }

    public BatchWriter Writer { get; }

    public RunProgress Progress { get; }

    /// <inheritdoc/>
    /// <remarks>
    /// Counts beside the workers, or, where the server has no connection to spare, on the first worker's, which waits meanwhile.
    /// </remarks>
    public async Task<long> CountPendingAsync(CancellationToken cancellationToken)
    {
        if (_isCounted)
        {
            return Pending;
        }

        await Task.Delay(CountAfter, Clock, cancellationToken);
        await using var aside = await TryOpenAsideAsync(cancellationToken);
        return await (aside ?? _first!).RunAsync(
            (open, _, token) => RowCounts.MeasurableAsync(open, _layout, _scope.Destination, token), cancellationToken);
    }

    public async Task<IRowSession> OpenSessionAsync(int worker, CancellationToken cancellationToken)
    {
        if (_isCounted && Pending == 0)
        {
            return new IdleSession();
        }

        var connection = await _source.OpenFirstAsync(cancellationToken);
        var registry = new WorkerRegistry(_scope.RunId, worker);
        var retrying = new RetryingConnection(_source, connection);
        var session = new PostgresSession(this, retrying, CreateClaims(registry.Name), registry);
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
    }

    /// <summary>The claims of one worker.</summary>
    public ChunkClaims CreateClaims(string owner) => new(_layout, _scope, owner, Clock);

    public async Task<RunProof> FinishAsync(CancellationToken cancellationToken)
    {
        await using var connection = new RetryingConnection(_source);
        return await connection.RunAsync(
            async (open, _, token) =>
            {
                // The last sweep has looked at every row already.
                var pending = Progress.NothingIsPending
                    ? 0
                    : await RowCounts.PendingAsync(open, _layout, _scope.MetricsOnly, _scope.Destination, token);
                var setAside = await RowCounts.SetAsideAsync(open, _scope.Destination, token);
                // Whoever ends the run builds; while others write, the index would be in their way.
                if (_rebuild is not null && await RunRegistry.IsDoneAsync(open, _scope.RunId, Pending == 0, token))
                {
                    await _rebuild.MendAsync(open, token);
                }

                await RunRegistry.CloseAsync(open, _scope.RunId, token);
                return new RunProof(pending, setAside);
            },
            cancellationToken);
    }

    /// <summary>
    /// Looks after what other processes hold: claims of one that is gone become free, and that the run waits for another is
    /// said once.
    /// </summary>
    public async Task WatchOthersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await ForeignClaims.EndOrphanedAsync(connection, _scope.RunId, cancellationToken);
        if (Volatile.Read(ref _waitingTold) == 0
            && await ForeignClaims.DescribeAsync(connection, _scope.RunId, cancellationToken) is { } waiting
            && Interlocked.Exchange(ref _waitingTold, 1) == 0)
        {
            _observer.Observe(waiting);
        }
    }

    /// <summary>Asks to do a chunk that may have killed a worker; one session of the process may.</summary>
    public bool TryEnterSuspect() => Interlocked.CompareExchange(ref _suspectHeld, 1, 0) == 0;

    public void LeaveSuspect() => Interlocked.Exchange(ref _suspectHeld, 0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<RetryingConnection?> TryOpenAsideAsync(CancellationToken cancellationToken)
    {
        try
        {
            return new RetryingConnection(_source, await _source.OpenAsync(cancellationToken));
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }
}
