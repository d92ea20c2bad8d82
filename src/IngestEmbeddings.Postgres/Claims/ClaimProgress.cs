namespace IngestEmbeddings.Postgres.Claims;

/// <summary>How far one worker is with a claim. Reading runs ahead of what is committed.</summary>
/// <remarks>The worker's session changes it; the timer that renews leases may do so at the same time.</remarks>
/// <param name="claim">The claim.</param>
/// <param name="grantedAt">When it was asked for, as a timestamp of the local clock.</param>
internal sealed class ClaimProgress(KeyRangeClaim claim, long grantedAt)
{
    private long _renewedAt = grantedAt;
    private volatile bool _isLost;

    public KeyRangeClaim Claim => claim;

    /// <summary>Up to which key, included, rows have been read; null: none of a range that begins with the table.</summary>
    public string[]? ReadTo { get; private set; } = claim.Cursor;

    /// <summary>True when no row of the range is left to read.</summary>
    public bool IsRead { get; private set; }

    /// <summary>Windows that were read and are not completely written.</summary>
    public int OpenWindows { get; private set; }

    /// <summary>True when another worker has taken the key range over.</summary>
    public bool IsLost => _isLost;

    /// <summary>When the lease was last renewed, as a timestamp of the local clock taken before the statement was sent.</summary>
    public long RenewedAt => Interlocked.Read(ref _renewedAt);

    /// <summary>True when every row of the range was read and written.</summary>
    public bool IsDone => IsRead && OpenWindows == 0;

    /// <summary>A window was read.</summary>
    /// <param name="lastKey">The key of its last row.</param>
    /// <param name="isLast">True when the range has no pending row after it.</param>
    public void OpenWindow(string[] lastKey, bool isLast)
    {
        OpenWindows++;
        ReadTo = lastKey;
        IsRead = isLast || lastKey.AsSpan().SequenceEqual(claim.High);
    }

    /// <summary>The range has no pending row left.</summary>
    public void EndReading() => IsRead = true;

    /// <summary>A window is completely written.</summary>
    public void CompleteWindow() => OpenWindows--;

    /// <summary>The lease was renewed.</summary>
    /// <param name="askedAt">When that was asked for, as a timestamp of the local clock.</param>
    public void Renew(long askedAt) => Interlocked.Exchange(ref _renewedAt, askedAt);

    /// <summary>Another worker has taken the key range over.</summary>
    public void Lose() => _isLost = true;
}
