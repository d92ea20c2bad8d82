using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Logging;
using Microsoft.Extensions.Logging;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>The claims that one worker holds. A timer renews the leases of those whose rows are being encoded.</summary>
internal sealed class HeldClaims : IAsyncDisposable
{
    private readonly KeyRanges _ranges;
    private readonly RetryingConnection _connection;
    private readonly PostgresOptions _options;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ended = new();
    private readonly PeriodicTimer _timer;
    private readonly Task _renewing;

    // The timer reads the list while the worker changes it.
    private readonly Lock _gate = new();
    private readonly List<ClaimProgress> _held = [];

    public HeldClaims(KeyRanges ranges, RetryingConnection connection, PostgresOptions options)
    {
        _ranges = ranges;
        _connection = connection;
        _options = options;
        _logger = options.LoggerFactory.CreateLogger<HeldClaims>();
        _timer = new PeriodicTimer(options.Lease / 6, options.Clock);
        _renewing = RenewAsync(_ended.Token);
    }

    /// <summary>The claim that has rows left to read; null when there is none.</summary>
    public ClaimProgress? Reading => All.FirstOrDefault(static claim => !claim.IsRead);

    /// <summary>The claims that are not lost.</summary>
    public IReadOnlyList<ClaimProgress> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _held.Where(static claim => !claim.IsLost)];
            }
        }
    }

    public void Add(ClaimProgress held)
    {
        _logger.RangeClaimed(held.Claim.Number, held.Claim.Fence, held.Claim.Attempts);
        lock (_gate)
        {
            _held.Add(held);
        }
    }

    /// <summary>The range is done.</summary>
    public void Complete(ClaimProgress held)
    {
        _logger.RangeDone(held.Claim.Number);
        Remove(held);
    }

    /// <summary>The range was released.</summary>
    public void Release(ClaimProgress held)
    {
        _logger.RangeReleased(held.Claim.Number);
        Remove(held);
    }

    /// <summary>Another worker has taken the range over.</summary>
    public void Lose(ClaimProgress held)
    {
        _logger.RangeLost(held.Claim.Number, held.Claim.Fence);
        held.Lose();
        Remove(held);
    }

    /// <summary>Stops the timer.</summary>
    public async ValueTask DisposeAsync()
    {
        // Ending the timer is no fault, and ends the wait at once; the token is for a renewal that is under way.
        _timer.Dispose();
        await _ended.CancelAsync();
        await _renewing;
        _ended.Dispose();
    }

    private void Remove(ClaimProgress held)
    {
        lock (_gate)
        {
            _held.Remove(held);
        }
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
            foreach (var held in All.Where(held => _options.Clock.GetElapsedTime(held.RenewedAt) >= _options.Lease / 3))
            {
                await RenewAsync(held, ended);
            }
        }
        catch (Exception fault) when (fault is PostgresFault or IngestException)
        {
            // The next call of the worker meets the same fault and reports it; until then the fence protects the rows.
            _logger.RenewalFailed(fault);
        }
    }

    private async Task RenewAsync(ClaimProgress held, CancellationToken ended)
    {
        var asked = _options.Clock.GetTimestamp();
        if (await _connection.RunAsync((connection, _, token) => _ranges.RenewAsync(connection, held.Claim, token), ended))
        {
            _logger.LeaseRenewed(held.Claim.Number);
            held.Renew(asked);
        }
        else
        {
            held.Lose();
        }
    }
}
