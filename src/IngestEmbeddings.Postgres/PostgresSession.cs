using IngestEmbeddings.Internal;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Postgres.Writing;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres;

/// <summary>One worker: claims chunks, reads them window by window, writes what comes back.</summary>
/// <remarks>
/// Reading runs ahead of writing, over the border of a chunk too, so several claims may be open. No transaction is open
/// between calls. A timer keeps the leases of claims whose rows are being encoded.
/// </remarks>
internal sealed class PostgresSession : IRowSession
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(1);

    private readonly PostgresRun _run;
    private readonly RetryingConnection _connection;
    private readonly ChunkClaims _claims;
    private readonly WorkerRegistry _worker;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _renewing;

    // Guards the list alone: the timer reads it while a call changes it.
    private readonly Lock _gate = new();
    private readonly List<ChunkClaim> _open = [];
    private bool _holdsSuspect;

    public PostgresSession(PostgresRun run, RetryingConnection connection, ChunkClaims claims, WorkerRegistry worker)
    {
        _run = run;
        _connection = connection;
        _claims = claims;
        _worker = worker;
        _renewing = RenewAsync(_ended.Token);
    }

    /// <summary>Says that the worker is there.</summary>
    public Task EnterAsync(CancellationToken cancellationToken) =>
        _connection.RunAsync((connection, _, token) => _worker.EnterAsync(connection, token), cancellationToken);

    public async ValueTask<RowWindow?> ReadAsync(int maxRows, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRows, 1);
        while (true)
        {
            // A chunk that may have killed a worker is done alone, so that nobody else's rows come under suspicion with it.
            var current = CurrentClaim();
            if (_holdsSuspect && current is not { OpenWindows: 0 })
            {
                return null;
            }

            var claim = current ?? await ClaimAsync(cancellationToken);
            if (claim is null)
            {
                return null;
            }

            if (await ReadWindowAsync(claim, maxRows, cancellationToken) is { } window)
            {
                return window;
            }
        }
    }

    public async ValueTask<int> WriteAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var claim = ((PostgresWindow)batch.Window).Claim;
        try
        {
            var rows = await WritePiecesAsync(batch, cancellationToken);
            if (batch.CompletesWindow)
            {
                claim.OpenWindows--;
                await CompleteIfDoneAsync(claim, cancellationToken);
            }

            return rows;
        }
        catch (ClaimLostException)
        {
            Forget(claim);
            throw;
        }
    }

    public async ValueTask<bool> WaitForMoreAsync(CancellationToken cancellationToken)
    {
        // A window that was never completed holds its claim; nothing is in flight now, so its rows go back.
        await ReleaseAllAsync(cancellationToken);
        for (var delay = FirstPoll; ; delay = Min(delay * 2, LongestPoll))
        {
            var state = await _connection.RunAsync((connection, _, token) => _run.Progress.ReadAsync(connection, token), cancellationToken);
            if (state == RunState.Unswept)
            {
                state = await _connection.RunAsync((connection, _, token) => _run.Progress.SweepAsync(connection, token), cancellationToken);
            }

            if (state is RunState.Open or RunState.Complete)
            {
                return state == RunState.Open;
            }

            await Task.Delay(delay, _run.Clock, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _renewing;
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), _run.Clock);
            await ReleaseAllAsync(limit.Token);
            await _connection.RunAsync((connection, _, token) => _worker.ReportAsync(connection, token), limit.Token);
        }
        catch (Exception fault) when (fault is IngestException or OperationCanceledException or NpgsqlException)
        {
            // The leases run out by themselves.
        }

        await _connection.DisposeAsync();
        _ended.Dispose();
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private ChunkClaim? CurrentClaim()
    {
        lock (_gate)
        {
            _open.RemoveAll(static claim => claim.IsLost);
            return _open.Find(static claim => !claim.IsRead);
        }
    }

    private async Task<ChunkClaim?> ClaimAsync(CancellationToken cancellationToken)
    {
        bool isIdle;
        lock (_gate)
        {
            isIdle = _open.Count == 0;
        }

        // A suspect is taken only when nothing else of this session is at stake, and by one session of the process at a time.
        _holdsSuspect = isIdle && _run.TryEnterSuspect();
        var nonce = Guid.NewGuid();
        ChunkClaim? claim = null;
        try
        {
            claim = await _connection.RunAsync(
                (connection, attempt, token) => _claims.ClaimAsync(connection, nonce, attempt > 0, _holdsSuspect, token), cancellationToken);
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

        lock (_gate)
        {
            _open.Add(claim);
        }

        await Failpoint.ReachAsync("after_claim");
        return claim;
    }

    private async Task<PostgresWindow?> ReadWindowAsync(ChunkClaim claim, int maxRows, CancellationToken cancellationToken)
    {
        var window = await _connection.RunAsync(
            (connection, _, token) => _run.Reader.ReadAsync(connection, claim, maxRows, token), cancellationToken);
        if (window is not null)
        {
            claim.OpenWindows++;
            claim.ReadTo = window.Key(window.Count - 1);
            await Failpoint.ReachAsync("after_read");
        }

        // A window that is not full was the last of its chunk.
        claim.IsRead = window is null || window.Count < maxRows;
        await CompleteIfDoneAsync(claim, cancellationToken);
        return window;
    }

    // Values that the server refuses are a fault of their rows: the batch is halved until they stand alone, and set aside.
    private async Task<int> WritePiecesAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        var write = new PendingWrite();
        try
        {
            var asked = _run.Clock.GetTimestamp();
            var rows = await _connection.RunAsync(
                (connection, _, token) => _run.Writer.WriteAsync(connection, batch, write, token), cancellationToken);
            ((PostgresWindow)batch.Window).Claim.RenewedAt = asked;
            _worker.RowsDone += rows;
            LeaveSuspect();
            return rows;
        }
        catch (IngestException fault) when (
            fault.InnerException is PostgresException refused && PostgresFaults.Classify(refused) == FaultKind.Data && batch.Rows.Count > 0)
        {
            var rows = 0;
            foreach (var piece in BatchPieces.WithoutRefused(batch, refused.SqlState))
            {
                rows += await WritePiecesAsync(piece, cancellationToken);
            }

            return rows;
        }
    }

    private async Task CompleteIfDoneAsync(ChunkClaim claim, CancellationToken cancellationToken)
    {
        if (!claim.IsDone)
        {
            return;
        }

        await Failpoint.ReachAsync("before_complete");
        await _connection.RunAsync(
            async (connection, _, token) =>
            {
                await _claims.CompleteAsync(connection, claim, token);
                return await _worker.ReportAsync(connection, token);
            },
            cancellationToken);
        Forget(claim);
    }

    private async Task ReleaseAllAsync(CancellationToken cancellationToken)
    {
        foreach (var claim in OpenClaims())
        {
            await _connection.RunAsync(
                async (connection, _, token) =>
                {
                    await _claims.ReleaseAsync(connection, claim, token);
                    return true;
                },
                cancellationToken);
            Forget(claim);
        }
    }

    private async Task RenewAsync(CancellationToken ended)
    {
        using var timer = new PeriodicTimer(_run.Lease / 6, _run.Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
            {
                foreach (var claim in OpenClaims())
                {
                    if (_run.Clock.GetElapsedTime(claim.RenewedAt) >= _run.Lease / 3)
                    {
                        await _connection.RunAsync((connection, _, token) => _claims.RenewAsync(connection, claim, token), ended);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The session ends.
        }
        catch (Exception fault) when (fault is IngestException or NpgsqlException or ObjectDisposedException)
        {
            // The next call of the worker meets the same fault and reports it; until then the fence protects the rows.
        }
    }

    private ChunkClaim[] OpenClaims()
    {
        lock (_gate)
        {
            return [.. _open.Where(static claim => !claim.IsLost)];
        }
    }

    private void Forget(ChunkClaim claim)
    {
        lock (_gate)
        {
            _open.Remove(claim);
        }

        LeaveSuspect();
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
