namespace IngestEmbeddings.Stores;

/// <summary>The state of a table at the end of a run, counted by the store.</summary>
/// <param name="Pending">Rows with text that are still not done and not set aside; 0 proves completion.</param>
/// <param name="SetAside">Rows set aside because they could not be done.</param>
public sealed record RunProof(long Pending, long SetAside);
