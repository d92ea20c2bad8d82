namespace IngestEmbeddings.Stores;

/// <summary>The state of a table at the end of a run, counted by the store.</summary>
/// <param name="Pending">Rows with text that are still not done and not failed; 0 proves completion.</param>
/// <param name="Failed">Failed rows.</param>
public sealed record RunProof(long Pending, long Failed)
{
    /// <summary>What was removed of rows that are gone or have no text any more; null for nothing. Default null.</summary>
    public PruneReport? Pruned { get; init; }
}

/// <summary>What was removed of rows that are gone or have no text any more.</summary>
/// <param name="Vectors">Vectors removed, those of every model.</param>
/// <param name="Metrics">Metrics rows removed.</param>
public sealed record PruneReport(long Vectors, long Metrics)
{
    /// <summary>True when nothing was removed.</summary>
    public bool IsEmpty => Vectors == 0 && Metrics == 0;
}
