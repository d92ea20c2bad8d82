namespace IngestEmbeddings.Cli.Arguments;

/// <summary>The groups of options, in the order of the help.</summary>
internal enum OptionGroup
{
    /// <summary>Told by their place.</summary>
    Arguments,

    /// <summary>What to do.</summary>
    Work,

    /// <summary>Which rows.</summary>
    Rows,

    Model,

    Metrics,

    Database,

    Output,
}
