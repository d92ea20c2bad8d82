using System.Text.RegularExpressions;
using IngestEmbeddings.Cli.Arguments;

namespace IngestEmbeddings.Cli.Output;

/// <summary>
/// Writes commands that help as they must be typed here: with the options of this command line that they take too, such as
/// <c>--schema</c> and <c>--store</c>, quoted for the shell.
/// </summary>
/// <param name="arguments">This command line.</param>
/// <param name="commands">The commands there are.</param>
internal sealed partial class CommandHint(ParsedArguments arguments, IReadOnlyList<CommandSpec> commands)
{
    /// <summary>The suggestion of an error, to be shown after its message.</summary>
    public string Of(Suggestion suggestion) => $"{suggestion.Purpose}: {Of(suggestion.Command, [.. suggestion.Arguments])}";

    /// <summary>A command with its arguments.</summary>
    /// <param name="command">The command.</param>
    /// <param name="words">Its arguments, and options with their values that are not of this command line.</param>
    public string Of(string command, params IReadOnlyList<string> words)
    {
        var options = commands.First(one => one.Name == command).Options
            .Where(option => !words.Contains(option.Name))
            .SelectMany(Given);
        // What begins with '-' and is no option of the command is an argument, which only stands after '--'.
        var literal = words.Where(word => word is ['-', _, ..] && !word.StartsWith("--", StringComparison.Ordinal)).ToList();
        return string.Join(' ', [
            CommandSpec.Program,
            command,
            .. words.Where(word => !literal.Contains(word)).Select(Quote),
            .. options,
            .. literal.Count > 0 ? ["--", .. literal.Select(Quote)] : Array.Empty<string>()]);
    }

    /// <summary>A word as the shell takes it: between single quotes where it holds more than letters, digits and plain signs.</summary>
    internal static string Quote(string word) =>
        PlainWord().IsMatch(word) ? word : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private IEnumerable<string> Given(OptionSpec option)
    {
        // By name: --dimensions of one command is said of another option of the next.
        var given = arguments.Values.Where(one => one.Key.Name == option.Name).Select(one => one.Value).Take(1);
        return given.SelectMany(value => option.IsSwitch ? [option.Name]
            : value.StartsWith('-') ? [$"{option.Name}={Quote(value)}"]
            : (string[])[option.Name, Quote(value)]);
    }

    [GeneratedRegex(@"^[\w@%+=:,./-]+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PlainWord();
}
