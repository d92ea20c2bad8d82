namespace IngestEmbeddings.Cli.Arguments;

/// <summary>One option or argument as the user meets it. The help, the documentation and the parser are made from it.</summary>
/// <param name="Name">As typed: <c>--workers</c>; an argument stands in angle brackets: <c>&lt;table&gt;</c>.</param>
/// <param name="Value">What stands for the value in the help; null for a switch and for an argument.</param>
/// <param name="Variable">The environment variable that gives it too; null when there is none.</param>
/// <param name="Default">What holds without it, in words or as a value.</param>
/// <param name="Meaning">What it does, in one or two short sentences.</param>
/// <param name="Commands">The commands that take it.</param>
internal sealed record OptionSpec(
    string Name, string? Value, string? Variable, string Default, string Meaning, CommandNames Commands)
{
    /// <summary>True for <c>&lt;table&gt;</c> and its like, which are told by their place.</summary>
    public bool IsArgument => Name[0] == '<';

    /// <summary>True for an option without a value.</summary>
    public bool IsSwitch => Value is null && !IsArgument;

    /// <summary>The name with what stands for its value.</summary>
    public string Label => Value is null ? Name : $"{Name} {Value}";

    /// <summary>True when the command takes it.</summary>
    public bool BelongsTo(CommandNames command) => (Commands & command) != CommandNames.None;
}
