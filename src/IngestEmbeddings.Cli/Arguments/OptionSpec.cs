namespace IngestEmbeddings.Cli.Arguments;

/// <summary>One option or argument as the user meets it. The help, the documentation and the parser are made from it.</summary>
/// <param name="Label">
/// As typed, with what stands for its value: <c>--workers N</c>; a switch has none: <c>--dry-run</c>; an argument stands in angle
/// brackets: <c>&lt;table&gt;</c>.
/// </param>
/// <param name="Variable">The environment variable that gives it too; null when there is none.</param>
/// <param name="Default">What holds without it, in words or as a value; <see cref="Required"/> where it must be given.</param>
/// <param name="Meaning">What it does, in one or two short sentences.</param>
/// <param name="Group">Where the help lists it.</param>
internal sealed record OptionSpec(string Label, string? Variable, string Default, string Meaning, OptionGroup Group)
{
    /// <summary>The default of an option that has none.</summary>
    public const string Required = "must be given";

    /// <summary>As typed, without its value.</summary>
    public string Name { get; } = Label.Split(' ')[0];

    /// <summary>True for <c>&lt;table&gt;</c> and its like, which are told by their place.</summary>
    public bool IsArgument => Group == OptionGroup.Arguments;

    /// <summary>True for an option without a value.</summary>
    public bool IsSwitch => !IsArgument && Name == Label;

    /// <summary>
    /// True for an option with which a command that only reads writes to the store; false for one with which a command that writes only
    /// reads; null, the default, for all others.
    /// </summary>
    public bool? WritesStore { get; init; }

    /// <summary>True where it must be given.</summary>
    public bool IsRequired => Default == Required;
}
