namespace IngestEmbeddings.Cli.Arguments;

/// <summary>A command line taken apart, its values not yet looked at.</summary>
internal sealed class ParsedArguments
{
    /// <summary>The command; the bare form is <see cref="CommandNames.Run"/>.</summary>
    public required CommandNames Command { get; init; }

    /// <summary>Arguments and options that were given, with their values; a switch has an empty one.</summary>
    public required IReadOnlyDictionary<OptionSpec, string> Values { get; init; }

    /// <summary>What is wrong with the shape of the command line, a line each.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public bool WantsHelp { get; init; }

    public bool WantsVersion { get; init; }
}
