using System.Reflection;
using System.Text;
using IngestEmbeddings.Cli.Arguments;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Writes the help, from what the commands declare.</summary>
internal static class HelpText
{
    private const int Width = 100;
    private const int MeaningColumn = 54;
    private const int MeaningIndent = 6;

    private const string Store = """
        Store:
          --store or EMBED_STORE; else PostgreSQL if PG_HOST, PGHOST, PG_DATABASE, PG_DB, PGDATABASE or PGSERVICE is set, with
          PG_PORT, PG_USER, PG_PASSWORD or PGPORT, PGUSER, PGPASSWORD; else sqlite:ingest.db in the working directory.
          run creates an embedded store that does not exist, with the shipped sample, its lexicon and --language haw.
          A .env file of yours in the working directory is read; environment variables win over it, and options over both.


        """;

    private static readonly (OptionGroup Group, string Title)[] Groups =
    [
        (OptionGroup.Arguments, "Arguments"),
        (OptionGroup.Work, "What to do"),
        (OptionGroup.Rows, "Which rows"),
        (OptionGroup.Model, "Model"),
        (OptionGroup.Metrics, "Metrics"),
        (OptionGroup.Database, "Database"),
        (OptionGroup.Output, "Output"),
    ];

    /// <summary>The version of the program.</summary>
    public static string Version { get; } =
        typeof(HelpText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The help of the program: every command in a line.</summary>
    public static string Overview(IReadOnlyList<CommandSpec> commands)
    {
        var main = commands.Single(command => command.IsDefault);
        var text = Begin(main);
        text.Append($"Usage:\n  {main.Usage}\n  {CommandSpec.Program} <command> [options]\n  {CommandSpec.Program} help <command>    shows the options of a command\n\nCommands:\n");
        var width = commands.Max(command => command.Name.Length);
        foreach (var command in commands)
        {
            text.Append($"  {command.Name.PadRight(width)}  {command.Summary}\n");
        }

        AppendExamples(text, [.. main.Examples, .. commands.Where(command => command != main).Select(command => command.Examples[0])]);
        AppendGeneral(text);
        text.Append(Store);
        return End(text);
    }

    /// <summary>The help of a command: its arguments and options, by groups.</summary>
    public static string Of(CommandSpec command)
    {
        var text = Begin(command);
        text.Append($"Usage:\n  {command.Usage}\n");
        AppendExamples(text, command.Examples);
        foreach (var (group, title) in Groups)
        {
            var options = command.All.Where(option => option.Group == group).ToList();
            if (options.Count > 0)
            {
                text.Append($"{title}:\n");
                options.ForEach(option => AppendOption(text, option));
                text.Append('\n');
            }
        }

        AppendGeneral(text);
        if (command.Options.Contains(OptionTable.Store))
        {
            text.Append(Store);
        }

        return End(text);
    }

    private static StringBuilder Begin(CommandSpec command)
    {
        var text = new StringBuilder($"{CommandSpec.Program} {Version}\n\n");
        AppendWrapped(text, command.Summary, indent: 0);
        if (command.Details.Length > 0)
        {
            AppendWrapped(text, command.Details, indent: 0);
        }

        return text.Append('\n');
    }

    private static void AppendExamples(StringBuilder text, IReadOnlyList<CommandExample> examples)
    {
        text.Append("\nExamples:\n");
        foreach (var (line, meaning) in examples)
        {
            text.Append(meaning is null ? $"  {line}\n" : $"  {line.PadRight(MeaningColumn)}  {meaning}\n");
        }

        text.Append('\n');
    }

    private static void AppendOption(StringBuilder text, OptionSpec option)
    {
        text.Append($"  {option.Label}\n");
        AppendWrapped(text, option.Meaning, MeaningIndent);
        var variable = option.Variable is null ? "" : $"; environment {option.Variable}";
        AppendWrapped(text, $"default: {option.Default}{variable}", MeaningIndent);
    }

    private static void AppendGeneral(StringBuilder text) =>
        text.Append("General:\n  --help, -h\n      this text\n  --version\n      the version\n\n");

    private static string End(StringBuilder text)
    {
        text.Append("Exit codes:\n");
        foreach (var (code, meaning) in ExitCode.All)
        {
            text.Append($"  {code,3}  {meaning}\n");
        }

        return text.ToString();
    }

    private static void AppendWrapped(StringBuilder text, string line, int indent)
    {
        var column = indent;
        text.Append(' ', indent);
        foreach (var word in line.Split(' '))
        {
            if (column > indent && column + word.Length + 1 > Width)
            {
                text.Append('\n').Append(' ', indent);
                column = indent;
            }
            else if (column > indent)
            {
                text.Append(' ');
                column++;
            }

            text.Append(word);
            column += word.Length;
        }

        text.Append('\n');
    }
}
