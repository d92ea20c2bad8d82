namespace IngestEmbeddings.Cli.Output;

/// <summary>How a run shows its progress.</summary>
internal enum ProgressForm
{
    /// <summary>A line for each batch.</summary>
    Plain,

    /// <summary>A view on the terminal, in place.</summary>
    Live,

    /// <summary>A JSON object for each batch, and no other line on standard output.</summary>
    Json,

    /// <summary>Only the last line.</summary>
    None,
}
