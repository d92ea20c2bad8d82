namespace IngestEmbeddings.Http.Hub;

/// <summary>A model that is in the cache now.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Commit">The commit.</param>
/// <param name="Files">How many files it has.</param>
/// <param name="Size">Their bytes.</param>
/// <param name="Fetched">The bytes that had to be fetched.</param>
public sealed record PulledModel(string Folder, string Commit, int Files, long Size, long Fetched);
