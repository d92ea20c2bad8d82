namespace IngestEmbeddings.Postgres.Claims;

/// <summary>The states of a key range, as SQL has them.</summary>
internal static class KeyRangeState
{
    /// <summary>Released, or not yet claimed.</summary>
    public const string Free = "0";

    /// <summary>Held by a worker until its lease ends.</summary>
    public const string Claimed = "1";

    /// <summary>Every row was written, or failed.</summary>
    public const string Done = "2";

    /// <summary>The condition of every state but <see cref="Done"/>; that of the index over open key ranges.</summary>
    public const string Open = "state < 2";
}
