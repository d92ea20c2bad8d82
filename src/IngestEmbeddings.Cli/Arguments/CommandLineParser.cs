using System.CommandLine;
using IngestEmbeddings.Cli.Shown;
using IngestEmbeddings.Text;

namespace IngestEmbeddings.Cli.Arguments;

/// <summary>Takes a command line apart with System.CommandLine.</summary>
/// <remarks>
/// The library splits the tokens. Mistakes are reported here, all together and in our words: every option takes any number of
/// values as far as the library knows, and what is left over lands in one list.
/// </remarks>
/// <param name="commands">The commands there are; one of them is the default.</param>
internal sealed class CommandLineParser(IReadOnlyList<CommandSpec> commands)
{
    private static readonly ParserConfiguration Configuration = new()
    {
        // A table may be called '@x', and an option has one spelling.
        ResponseFileTokenReplacer = null,
        EnablePosixBundling = false,
    };

    /// <summary>Takes the arguments apart. Never throws: what is wrong is in <see cref="ParsedArguments.Problems"/>.</summary>
    public ParsedArguments Parse(IReadOnlyList<string> line)
    {
        var (named, nameWords) = NearCommand.Named(commands, line);
        var command = named ?? commands.Single(one => one.IsDefault);
        IReadOnlyList<string> arguments = [.. line.Skip(nameWords)];
        var specs = command.All.ToList();
        var options = specs
            .Where(spec => !spec.IsArgument)
            .Select(spec => (spec, option: new Option<string[]>(spec.Name)
            {
                Arity = spec.IsSwitch ? ArgumentArity.Zero : ArgumentArity.ZeroOrMore,
            }))
            .ToList();
        var help = new Option<bool>("--help", "-h", "-?") { Arity = ArgumentArity.Zero };
        var version = new Option<bool>("--version") { Arity = ArgumentArity.Zero };
        var words = new Argument<string[]>("words") { Arity = ArgumentArity.ZeroOrMore };
        var grammar = new Command("ingest-embeddings") { words, help, version };
        foreach (var (_, option) in options)
        {
            grammar.Add(option);
        }

        var problems = new List<string>();
        var switchWithValue = FindSwitchWithValue(arguments, specs);
        if (switchWithValue is not null)
        {
            problems.Add($"{switchWithValue.Name} is a switch: it takes no value.");
            arguments = [.. arguments.Where(argument => !HasValue(argument, switchWithValue))];
        }

        var parsed = grammar.Parse(arguments, Configuration);
        var values = new Dictionary<OptionSpec, string>();
        foreach (var (spec, option) in options)
        {
            if (parsed.GetResult(option) is not { Implicit: false } result)
            {
                continue;
            }

            if (result.IdentifierTokenCount > 1)
            {
                problems.Add($"{spec.Name} is given {result.IdentifierTokenCount} times: give it once.");
            }
            else if (spec.IsSwitch)
            {
                values[spec] = "";
            }
            else if (result.Tokens.Count == 0 && !arguments.Contains(spec.Name + "="))
            {
                problems.Add($"{spec.Name} needs a value: {spec.Label}.");
            }
            else
            {
                values[spec] = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
            }
        }

        var literal = LiteralWords(arguments);
        TakeWords([.. parsed.CommandResult.Tokens.Select(token => token.Value)], literal, command, values, problems);
        return new ParsedArguments
        {
            Command = command,
            IsNamed = named is not null,
            Near = named is null ? NearCommand.Find(commands, arguments) : null,
            Values = values,
            Problems = problems,
            WantsHelp = parsed.GetResult(help) is { Implicit: false },
            WantsVersion = parsed.GetResult(version) is { Implicit: false },
        };
    }

    /// <summary>Gives the words that belong to no option their places: table, batch size, file.</summary>
    private void TakeWords(
        IReadOnlyList<string> words,
        int literal,
        CommandSpec command,
        Dictionary<OptionSpec, string> values,
        List<string> problems)
    {
        var places = new Queue<OptionSpec>(command.Arguments);
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] is ['-', not (>= '0' and <= '9'), ..] && i < words.Count - literal)
            {
                var (problem, takesValue) = UnknownOption(words[i], command);
                problems.Add(problem);

                // The word after an unknown option is most likely its value, not a table or a batch size.
                if (takesValue && i + 1 < words.Count && !words[i + 1].StartsWith('-'))
                {
                    i++;
                }
            }
            else if (places.TryDequeue(out var place))
            {
                values[place] = words[i];
            }
            else
            {
                problems.Add($"'{Secrets.RedactUrl(words[i])}' is one argument too many.");
            }
        }
    }

    private (string Problem, bool TakesValue) UnknownOption(string word, CommandSpec command)
    {
        var name = word.Split('=', ':')[0];
        var takesValue = name == word;
        var known = commands.SelectMany(one => one.Options).FirstOrDefault(option => option.Name == name);
        if (known is not null)
        {
            return ($"{name} is not an option of {command.Name}.", takesValue && !known.IsSwitch);
        }

        var near = NearNames.Of(name, command.Options.Select(option => option.Name));
        if (near is not [var nearest, ..])
        {
            return ($"{name} is not an option.", takesValue);
        }

        var meant = command.Options.First(option => option.Name == nearest);
        return ($"{name} is not an option. Did you mean {nearest}?", takesValue && !meant.IsSwitch);
    }

    private static OptionSpec? FindSwitchWithValue(IReadOnlyList<string> arguments, IReadOnlyList<OptionSpec> specs) =>
        specs.FirstOrDefault(spec => spec.IsSwitch && arguments.Any(argument => HasValue(argument, spec)));

    private static bool HasValue(string argument, OptionSpec spec) =>
        argument.StartsWith(spec.Name + "=", StringComparison.Ordinal)
        || argument.StartsWith(spec.Name + ":", StringComparison.Ordinal);

    /// <summary>How many words stand after <c>--</c>: they are taken as they are.</summary>
    private static int LiteralWords(IReadOnlyList<string> arguments)
    {
        var marker = arguments.TakeWhile(argument => argument != "--").Count();
        return Math.Max(0, arguments.Count - marker - 1);
    }
}
