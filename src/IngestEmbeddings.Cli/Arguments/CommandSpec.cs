namespace IngestEmbeddings.Cli.Arguments;

/// <summary>One command as the user meets it. The help, the documentation and the parser are made from it.</summary>
internal sealed record CommandSpec
{
    /// <summary>The program as it is typed.</summary>
    public const string Program = "ingest-embeddings";

    /// <summary>As typed, one word or two: <c>init</c>, <c>model info</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, in one line.</summary>
    public required string Summary { get; init; }

    /// <summary>What else there is to know, after the summary; empty for nothing. Default empty.</summary>
    public string Details { get; init; } = "";

    /// <summary>Command lines to begin with.</summary>
    public required IReadOnlyList<CommandExample> Examples { get; init; }

    /// <summary>The arguments, in their order. Default none.</summary>
    public IReadOnlyList<OptionSpec> Arguments { get; init; } = [];

    /// <summary>The options, in the order of the help inside each group. Default none.</summary>
    public IReadOnlyList<OptionSpec> Options { get; init; } = [];

    /// <summary>True where the name may be left out. Default false.</summary>
    public bool IsDefault { get; init; }

    /// <summary>True for a command that writes to a store, and creates an embedded one that does not exist; others only read. Default false.</summary>
    public bool CreatesStore { get; init; }

    /// <summary>Arguments and options in the order of the help.</summary>
    public IEnumerable<OptionSpec> All => Arguments.Concat(Options.OrderBy(option => option.Group));

    /// <summary>How it is typed: <c>ingest-embeddings load &lt;table&gt; &lt;file&gt; [options]</c>.</summary>
    public string Usage
    {
        get
        {
            var last = Arguments.Select(argument => argument.IsRequired).ToList().LastIndexOf(true);
            var required = Options.Where(option => option.IsRequired).ToList();
            return string.Join(' ', [
                Program,
                IsDefault ? $"[{Name}]" : Name,
                .. Arguments.Select((argument, place) => place <= last ? argument.Label : $"[{argument.Label}]"),
                .. required.Select(option => option.Label),
                .. Options.Count > required.Count ? ["[options]"] : Array.Empty<string>()]);
        }
    }
}

/// <summary>A command line that shows what a command is for.</summary>
/// <param name="Line">The whole line, as typed.</param>
/// <param name="Meaning">What it does; null where it speaks for itself.</param>
internal sealed record CommandExample(string Line, string? Meaning = null);
