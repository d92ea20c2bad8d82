using IngestEmbeddings.Postgres.Connections;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>The claims that one worker holds. A timer renews the leases of those whose rows are being encoded.</summary>
internal sealed class HeldClaims : IAsyncDisposable
{
    private readonly ChunkClaims _claims;
    private readonly RetryingConnection _connection;
    private readonly TimeSpan _lease;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _ended = new();
    private readonly PeriodicTimer _timer;
    private readonly Task _renewing;

    // The timer reads the list while the worker changes it.
    private readonly Lock _gate = new();
    private readonly List<ChunkClaim> _held = [];

    public HeldClaims(ChunkClaims claims, RetryingConnection connection, TimeSpan lease, TimeProvider clock)
    {
        _claims = claims;
        _connection = connection;
        _lease = lease;
        _clock = clock;
        _timer = new PeriodicTimer(lease / 6, clock);
        _renewing = RenewAsync(_ended.Token);
    }

    /// <summary>The claim that has rows left to read; null when there is none.</summary>
    public ChunkClaim? Reading => All.FirstOrDefault(static claim => !claim.IsRead);

    /// <summary>The claims that are not lost.</summary>
    public IReadOnlyList<ChunkClaim> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _held.Where(static claim => !claim.IsLost)];
            }
        }
    }

    public void Add(ChunkClaim claim)
    {
        lock (_gate)
        {
            _held.Add(claim);
        }
    }

    public void Remove(ChunkClaim claim)
    {
        lock (_gate)
        {
            _held.Remove(claim);
        }
    }

    /// <summary>Stops the timer.</summary>
    public async ValueTask DisposeAsync()
    {
        // The end of the timer is no fault, and ends the waiting at once; the token is for a renewal that is under way.
        _timer.Dispose();
        await _ended.CancelAsync();
        await _renewing;
        _ended.Dispose();
    }

    private async Task RenewAsync(CancellationToken ended)
    {
        try
        {
            while (await _timer.WaitForNextTickAsync(CancellationToken.None))
            {
                await RenewDueAsync(ended);
            }
        }
        catch (OperationCanceledException)
        {
            // The session ends.
        }
    }

    private async Task RenewDueAsync(CancellationToken ended)
    {
        try
        {
            foreach (var claim in All.Where(claim => _clock.GetElapsedTime(claim.RenewedAt) >= _lease / 3))
            {
                await _connection.RunAsync((connection, _, token) => _claims.RenewAsync(connection, claim, token), ended);
            }
        }
        catch (IngestException)
        {
            // The next call of the worker meets the same fault and reports it; until then the fence protects the rows.
        }
    }
}
