namespace IngestEmbeddings.Stores;

/// <summary>Which rows a scratch table copies.</summary>
/// <param name="Rows">The maximum rows, at least 1; there are fewer where the table has fewer.</param>
/// <param name="KeepVectors">True: rows that have a vector, with it. False: rows without their vectors.</param>
public sealed record ScratchRequest(int Rows, bool KeepVectors);
