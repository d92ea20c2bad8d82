namespace IngestEmbeddings.Postgres.Claims;

/// <summary>A worker's claim on a key range, as the server granted it.</summary>
/// <param name="Number">The number of the key range in its run.</param>
/// <param name="Nonce">Tells this claim from every other of the same key range.</param>
/// <param name="Fence">Counts the claims of the key range: a write with an older one is refused.</param>
/// <param name="Cursor">The key after which the rows are; null: the range begins with the table.</param>
/// <param name="High">The last key of the range, included.</param>
/// <param name="Attempts">How often the range was claimed since rows of it were last written, this time included.</param>
internal sealed record KeyRangeClaim(long Number, Guid Nonce, long Fence, string[]? Cursor, string[] High, int Attempts)
{
    /// <summary>True when the range has a list of keys: no other rows are of it.</summary>
    public bool IsListed { get; init; }

    /// <summary>True when an earlier claim ended without a row written: a row of it may have killed the worker.</summary>
    public bool IsSuspect => Attempts > 1;
}
