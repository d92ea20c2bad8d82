namespace IngestEmbeddings.Http.Hub;

/// <summary>How far the fetching of a model is.</summary>
/// <param name="File">The file that is being received.</param>
/// <param name="Received">The bytes of the model that are here, those of an earlier attempt included.</param>
/// <param name="Fetched">The bytes of them that this attempt has fetched: what a rate is counted from.</param>
/// <param name="Total">The bytes of the model.</param>
public readonly record struct PullProgress(string File, long Received, long Fetched, long Total);

/// <summary>A model that is in the cache now.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Commit">The commit.</param>
/// <param name="Files">How many files it has.</param>
/// <param name="Size">Their bytes.</param>
/// <param name="Fetched">The bytes that had to be fetched.</param>
public sealed record PulledModel(string Folder, string Commit, int Files, long Size, long Fetched);
