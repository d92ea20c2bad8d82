namespace IngestEmbeddings.Postgres.Claims;

/// <summary>A worker's claim on a range of keys. Used by one session; its read position runs ahead of what is committed.</summary>
internal sealed class ChunkClaim
{
    public required long Number { get; init; }

    /// <summary>Tells this claim from every other of the same chunk.</summary>
    public required Guid Nonce { get; init; }

    public required long Fence { get; init; }

    /// <summary>The last key of the range, included.</summary>
    public required string[] High { get; init; }

    /// <summary>Up to which key, included, rows have been read; null: none of a range that begins with the table.</summary>
    public required string[]? ReadTo { get; set; }

    /// <summary>How often the chunk was claimed since rows of it were last written, this time included.</summary>
    public required int Attempts { get; init; }

    /// <summary>True when an earlier claim ended without a row written: a row of it may have killed the worker.</summary>
    public bool IsSuspect => Attempts > 1;

    /// <summary>True when no row of the range is left to read.</summary>
    public bool IsRead { get; set; }

    /// <summary>Windows that were read and are not completely written.</summary>
    public int OpenWindows { get; set; }

    /// <summary>True when another worker has taken the chunk over.</summary>
    public bool IsLost { get; set; }

    /// <summary>When the lease was last renewed, as a timestamp of the local clock taken before the statement was sent.</summary>
    public long RenewedAt { get; set; }

    /// <summary>True when every row of the range was read and written.</summary>
    public bool IsDone => IsRead && OpenWindows == 0;

    /// <summary>The claim on a chunk that was cut off at a key, before anything was read.</summary>
    public ChunkClaim UpTo(string[] high) => new()
    {
        Number = Number,
        Nonce = Nonce,
        Fence = Fence,
        High = high,
        ReadTo = ReadTo,
        Attempts = Attempts,
        RenewedAt = RenewedAt,
    };
}
