namespace IngestEmbeddings.Cli.Arguments;

/// <summary>A command line taken apart, its values not yet looked at.</summary>
internal sealed class ParsedArguments
{
    /// <summary>The command; the default one when none is named.</summary>
    public required CommandSpec Command { get; init; }

    /// <summary>True when the command line names the command.</summary>
    public required bool IsNamed { get; init; }

    /// <summary>Arguments and options that were given, with their values; a switch has an empty one.</summary>
    public required IReadOnlyDictionary<OptionSpec, string> Values { get; init; }

    /// <summary>What is wrong with the shape of the command line, a line each.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>A first word that is taken for a table and is near a command's name; null when there is none.</summary>
    public NearCommand? Near { get; init; }

    public bool WantsHelp { get; init; }

    public bool WantsVersion { get; init; }
}
