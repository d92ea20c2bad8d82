namespace IngestEmbeddings.Cli.Settings;

/// <summary>A value together with where it came from.</summary>
/// <param name="Value">The value as given.</param>
/// <param name="Shown">How a message names it: <c>--workers 0</c>, <c>EMBED_WORKERS=0 (in .env)</c>.</param>
internal sealed record Setting(string Value, string Shown)
{
    /// <summary>True when it stands in a <c>.env</c> that merely lay in the folder: another may have put it there.</summary>
    public bool IsFound { get; init; }
}
