namespace IngestEmbeddings.Cli.Settings;

/// <summary>The environment variables whose values are never shown, and may be given as files (<see cref="SecretFiles"/>).</summary>
internal static class SecretVariables
{
    /// <summary>The key of an embeddings endpoint.</summary>
    public const string EndpointKey = "EMBED_API_KEY";

    /// <summary>The token of a hub.</summary>
    public const string HubToken = "HF_TOKEN";

    /// <summary>All of them; the store's URL, which may hold a password, is none of them.</summary>
    public static readonly string[] Names = [.. StoreChoice.Password, EndpointKey, HubToken];
}
