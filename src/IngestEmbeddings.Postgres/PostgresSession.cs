using IngestEmbeddings.Postgres.Changes;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Logging;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Postgres.Writing;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using Microsoft.Extensions.Logging;

namespace IngestEmbeddings.Postgres;

/// <summary>One worker: claims key ranges, reads them window by window, writes what comes back.</summary>
/// <remarks>
/// Reading runs ahead of writing, into the next key range too, so several claims may be open. No transaction is open between
/// calls. A timer renews the leases of claims whose rows are being encoded.
/// </remarks>
internal sealed class PostgresSession : IRowSession
{
    // Advancing a frontier takes a few milliseconds, and a worker that finds it locked has nothing to do until then.
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan MaxPoll = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan MaxBusyPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LookAfterOthers = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LeaveGrace = TimeSpan.FromSeconds(2);

    private readonly PostgresRun _run;
    private readonly RetryingConnection _connection;
    private readonly KeyRanges _ranges;
    private readonly WorkerRegistry _worker;
    private readonly HeldClaims _held;
    private readonly Refusals _refusals;
    private readonly ILogger _logger;
    private bool _holdsSuspect;
    private long _lookedAfterOthers;

    // How long to wait before polling again; grows while reading finds nothing.
    private TimeSpan _delay;

    public PostgresSession(PostgresRun run, RetryingConnection connection, KeyRanges ranges, WorkerRegistry worker)
    {
        _run = run;
        _connection = connection;
        _ranges = ranges;
        _worker = worker;
        _logger = run.Scope.Options.LoggerFactory.CreateLogger<PostgresSession>();
        _refusals = new Refusals(run.Scope, connection);
        _held = new HeldClaims(ranges, connection, run.Scope.Options);
    }

    private PostgresOptions Options => _run.Scope.Options;

    /// <summary>Records that the worker is there.</summary>
    public Task EnterAsync(CancellationToken cancellationToken) => _connection.RunAsync(_worker.EnterAsync, cancellationToken);

    public async ValueTask<RowWindow?> ReadAsync(int maxRows, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRows, 1);
        return await _run.Border.RunAsync(() => ReadNextAsync(maxRows, cancellationToken));
    }

    public async ValueTask<WriteResult> WriteAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return await _run.Border.RunAsync(() => WriteBatchAsync(batch, cancellationToken));
    }

    public async ValueTask<bool> WaitForMoreAsync(CancellationToken cancellationToken) =>
        await _run.Border.RunAsync(() => PollAsync(cancellationToken));

    public async ValueTask DisposeAsync()
    {
        await _held.DisposeAsync();
        if (!_connection.IsAbandoned && !_run.IsServerSilent)
        {
            await LeaveAsync();
        }

        await _connection.DisposeAsync();
    }

    private async Task LeaveAsync()
    {
        using var limit = new CancellationTokenSource(LeaveGrace, Options.Clock);
        try
        {
            await ReleaseAllAsync(limit.Token);
            await _connection.RunAsync(_run.Watcher is null ? _worker.ReportAsync : _worker.LeaveAsync, limit.Token);
        }
        catch (Exception fault) when (fault is PostgresFault or IngestException or OperationCanceledException)
        {
            // The leases run out by themselves. Once is enough to learn that the server does not answer.
            _run.IsServerSilent |= limit.IsCancellationRequested;
        }
    }

    private async Task<RowWindow?> ReadNextAsync(int maxRows, CancellationToken cancellationToken)
    {
        while (true)
        {
            // A key range that may have killed a worker is done alone, so that no other rows come under suspicion with it.
            var current = _held.Reading;
            if (_holdsSuspect && current is not { OpenWindows: 0 })
            {
                return null;
            }

            var held = current ?? await ClaimAsync(cancellationToken);
            if (held is null)
            {
                return null;
            }

            if (await ReadWindowAsync(held, maxRows, cancellationToken) is { } window)
            {
                return window;
            }
        }
    }

    private async Task<WriteResult> WriteBatchAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        var held = ((PostgresWindow)batch.Window).Held;
        try
        {
            var refused = new List<RowFailure>();
            var rows = await WritePiecesAsync(batch, held, refused, cancellationToken);
            if (batch.CompletesWindow)
            {
                held.CompleteWindow();
                await CompleteIfDoneAsync(held, cancellationToken);
            }

            return new WriteResult(rows, refused);
        }
        catch (ClaimLostException)
        {
            _held.Lose(held);
            LeaveSuspect();
            throw;
        }
    }

    private async Task<bool> PollAsync(CancellationToken cancellationToken)
    {
        // A window that was never completed holds its claim; nothing is in flight now, so its rows are released.
        await ReleaseAllAsync(cancellationToken);
        if (_run.Watcher is { } watcher)
        {
            return await WatchAsync(watcher, cancellationToken);
        }

        while (true)
        {
            // What is open may still be locked, such as a frontier that another worker advances.
            await Task.WhenAny(Task.Delay(_delay, Options.Clock, cancellationToken), _run.Progress.Concluded);
            cancellationToken.ThrowIfCancellationRequested();
            _delay = _delay == TimeSpan.Zero ? FirstPoll : Min(_delay * 2, MaxPoll);
            var state = await _connection.RunAsync((connection, _, token) => _run.Progress.ReadAsync(connection, token), cancellationToken);
            if (state == RunState.Unswept)
            {
                state = await _connection.RunAsync((connection, _, token) => _run.Progress.SweepAsync(connection, token), cancellationToken);
            }

            if (state is RunState.Open or RunState.Complete)
            {
                return state == RunState.Open;
            }

            if (_delay == MaxPoll)
            {
                await _connection.RunAsync(_run.WatchOthersAsync, cancellationToken);
            }
        }
    }

    private async Task<bool> WatchAsync(ChangeWatcher watcher, CancellationToken cancellationToken)
    {
        // What another process takes at this moment is still there to be seen.
        await Task.Delay(_delay, Options.Clock, cancellationToken);
        _delay = _delay == TimeSpan.Zero ? FirstPoll : Min(_delay * 2, MaxBusyPoll);
        while (true)
        {
            var next = watcher.Next;
            if (await _connection.RunAsync((connection, _, token) => watcher.AnyWorkAsync(connection, token), cancellationToken))
            {
                return true;
            }

            if (Options.Clock.GetElapsedTime(_lookedAfterOthers) >= LookAfterOthers)
            {
                _lookedAfterOthers = Options.Clock.GetTimestamp();
                await _connection.RunAsync((connection, token) => ForeignClaims.EndOrphanedAsync(connection, _run.Scope.RunId, token), cancellationToken);
                await _connection.RunAsync(_worker.ReportAsync, cancellationToken);
            }

            await watcher.WaitAsync(next, cancellationToken);
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task<ClaimProgress?> ClaimAsync(CancellationToken cancellationToken)
    {
        // A suspect is taken only when nothing else of this session is at stake, and by one session of the process at a time.
        _holdsSuspect = _held.All.Count == 0 && _run.TryEnterSuspect();
        var nonce = Guid.NewGuid();
        var asked = Options.Clock.GetTimestamp();
        KeyRangeClaim? claim = null;
        try
        {
            claim = await _connection.RunAsync(
                (connection, attempt, token) =>
                {
                    asked = Options.Clock.GetTimestamp();
                    return _ranges.ClaimAsync(connection, nonce, attempt > 0, _holdsSuspect, token);
                },
                cancellationToken);
        }
        finally
        {
            if (claim is not { IsSuspect: true })
            {
                LeaveSuspect();
            }
        }

        if (claim is null)
        {
            return null;
        }

        var held = new ClaimProgress(claim, asked);
        _held.Add(held);
        await Options.Failpoints.ReachAsync("after_claim");
        return held;
    }

    private async Task<PostgresWindow?> ReadWindowAsync(ClaimProgress held, int maxRows, CancellationToken cancellationToken)
    {
        var window = await _connection.RunAsync(
            (connection, _, token) => _run.Reader.ReadAsync(connection, held, maxRows, token), cancellationToken);
        if (window is null)
        {
            held.EndReading();
        }
        else
        {
            _delay = TimeSpan.Zero;
            held.OpenWindow(window.Key(window.Count - 1), window.EndsRange);
            await Options.Failpoints.ReachAsync("after_read");
        }

        await CompleteIfDoneAsync(held, cancellationToken);
        return window;
    }

    // Values that the server refuses are a fault of their rows: the batch is halved until they are alone, and recorded as failed.
    private async Task<int> WritePiecesAsync(
        RowBatch batch, ClaimProgress held, ICollection<RowFailure> refused, CancellationToken cancellationToken)
    {
        var write = new PendingWrite();
        try
        {
            var asked = Options.Clock.GetTimestamp();
            var rows = await _connection.RunAsync(
                (connection, _, token) => _run.Writer.WriteAsync(connection, batch, write, token), cancellationToken);
            held.Renew(asked);
            _worker.RowsWritten += rows;
            _refusals.Written(rows);
            LeaveSuspect();
            return rows;
        }
        catch (PostgresFault fault) when (batch.Rows.Count > 0 && _refusals.IsOfRow(fault))
        {
            _logger.BatchSplit(batch.Rows.Count, fault.SqlState);
            if (batch.Rows.Count == 1)
            {
                await _refusals.AddAsync(fault, ((PostgresWindow)batch.Window).Key(batch.Rows[0]), cancellationToken);
                refused.Add(new RowFailure(batch.Rows[0], "write", fault.RefusalReason));
            }

            var rows = 0;
            foreach (var piece in batch.WithoutRefused(fault.RefusalReason))
            {
                rows += await WritePiecesAsync(piece, held, refused, cancellationToken);
            }

            return rows;
        }
    }

    private async Task CompleteIfDoneAsync(ClaimProgress held, CancellationToken cancellationToken)
    {
        if (!held.IsDone)
        {
            return;
        }

        await Options.Failpoints.ReachAsync("before_complete");
        await _connection.RunAsync(
            async (connection, token) =>
            {
                await _ranges.CompleteAsync(connection, held.Claim, token);
                await _worker.ReportAsync(connection, token);
            },
            cancellationToken);
        _held.Complete(held);
        LeaveSuspect();
    }

    private async Task ReleaseAllAsync(CancellationToken cancellationToken)
    {
        foreach (var held in _held.All)
        {
            await _connection.RunAsync((connection, token) => _ranges.ReleaseAsync(connection, held.Claim, token), cancellationToken);
            _held.Release(held);
            LeaveSuspect();
        }
    }

    private void LeaveSuspect()
    {
        if (_holdsSuspect)
        {
            _holdsSuspect = false;
            _run.LeaveSuspect();
        }
    }
}
