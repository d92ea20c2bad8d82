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
    // A frontier is moved in a few milliseconds, and whoever finds it locked has nothing to do until then.
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(1);

    private readonly PostgresRun _run;
    private readonly RetryingConnection _connection;
    private readonly ChunkClaims _claims;
    private readonly WorkerRegistry _worker;
    private readonly HeldClaims _held;
    private bool _holdsSuspect;

    // How long to wait before looking again; grows while reading finds nothing.
    private TimeSpan _delay;

    public PostgresSession(PostgresRun run, RetryingConnection connection, ChunkClaims claims, WorkerRegistry worker)
    {
        _run = run;
        _connection = connection;
        _claims = claims;
        _worker = worker;
        _held = new HeldClaims(claims, connection, run.Lease, run.Clock);
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
            var current = _held.Reading;
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
        while (true)
        {
            // What is open may still not be ours to take, such as a frontier that another worker is moving.
            await Task.WhenAny(Task.Delay(_delay, _run.Clock, cancellationToken), _run.Progress.Concluded);
            cancellationToken.ThrowIfCancellationRequested();
            _delay = _delay == TimeSpan.Zero ? FirstPoll : Min(_delay * 2, LongestPoll);
            var state = await _connection.RunAsync((connection, _, token) => _run.Progress.ReadAsync(connection, token), cancellationToken);
            if (state == RunState.Unswept)
            {
                state = await _connection.RunAsync((connection, _, token) => _run.Progress.SweepAsync(connection, token), cancellationToken);
            }

            if (state is RunState.Open or RunState.Complete)
            {
                return state == RunState.Open;
            }

            if (_delay == LongestPoll)
            {
                await _connection.RunAsync(
                    async (connection, _, token) =>
                    {
                        await _run.WatchOthersAsync(connection, token);
                        return true;
                    },
                    cancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _held.DisposeAsync();
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
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task<ChunkClaim?> ClaimAsync(CancellationToken cancellationToken)
    {
        // A suspect is taken only when nothing else of this session is at stake, and by one session of the process at a time.
        _holdsSuspect = _held.All.Count == 0 && _run.TryEnterSuspect();
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

        _held.Add(claim);
        await _run.Failpoints.ReachAsync("after_claim");
        return claim;
    }

    private async Task<PostgresWindow?> ReadWindowAsync(ChunkClaim claim, int maxRows, CancellationToken cancellationToken)
    {
        var window = await _connection.RunAsync(
            (connection, _, token) => _run.Reader.ReadAsync(connection, claim, maxRows, token), cancellationToken);
        if (window is not null)
        {
            _delay = TimeSpan.Zero;
            claim.OpenWindows++;
            claim.ReadTo = window.Key(window.Count - 1);
            await _run.Failpoints.ReachAsync("after_read");
        }

        claim.IsRead = window is null || window.EndsChunk || claim.ReadTo!.AsSpan().SequenceEqual(claim.High);
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

        await _run.Failpoints.ReachAsync("before_complete");
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
        foreach (var claim in _held.All)
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

    private void Forget(ChunkClaim claim)
    {
        _held.Remove(claim);
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
