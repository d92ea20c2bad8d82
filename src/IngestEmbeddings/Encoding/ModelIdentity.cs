namespace IngestEmbeddings.Encoding;

/// <summary>Which model made vectors. The fingerprint decides; the name is only what the model was called.</summary>
/// <param name="Name">The model as a user named it: the same weights may lie in another folder elsewhere.</param>
/// <param name="Fingerprint">A hash of everything that the vectors depend on.</param>
public sealed record ModelIdentity(string Name, string Fingerprint);
