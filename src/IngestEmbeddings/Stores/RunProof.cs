namespace IngestEmbeddings.Stores;

/// <summary>The state of a table at the end of a run, counted by the store.</summary>
/// <param name="Pending">Rows with text that are still not done and not failed; 0 proves completion.</param>
/// <param name="Failed">Failed rows.</param>
public sealed record RunProof(long Pending, long Failed);
