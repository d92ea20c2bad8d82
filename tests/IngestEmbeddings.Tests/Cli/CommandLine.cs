using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Cli.Shown;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli;

/// <summary>Reads command lines as the program does, without running anything.</summary>
internal static class CommandLine
{
    public const string Folder = "/nowhere";

    public static readonly IReadOnlyDictionary<string, string> Nothing = new Dictionary<string, string>();

    public static SettingsReader Settings(
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        IReadOnlyDictionary<string, string>? file = null) =>
        new(Parse(arguments), new EnvironmentLayers(environment ?? Nothing, file ?? Nothing));

    /// <summary>The options of a run; fails on a mistake.</summary>
    public static RunOptions Run(
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        IReadOnlyDictionary<string, string>? file = null)
    {
        var settings = Settings(arguments, environment, file);
        var options = RunOptions.Read(settings, Folder, warning => throw new InvalidOperationException(warning));
        settings.ThrowIfRejected();
        return options;
    }

    public static ParsedArguments Parse(string[] arguments) => new CommandLineParser(CommandList.Specs).Parse(arguments);

    /// <summary>The whole message about the mistakes of a command line.</summary>
    public static string Mistakes(
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        IReadOnlyDictionary<string, string>? file = null)
    {
        var parsed = Parse(arguments);
        var context = new CommandContext
        {
            Arguments = parsed,
            Settings = Settings(arguments, environment, file),
            Messages = new Messages(TextWriter.Null, TextWriter.Null),
            Hint = new CommandHint(parsed, CommandList.Specs),
            Process = new ProcessContext
            {
                Output = TextWriter.Null,
                Error = TextWriter.Null,
                OpenInput = () => throw new InvalidOperationException("Nothing may be opened."),
                Environment = environment ?? Nothing,
                WorkingDirectory = Folder,
                ProgramFolder = Folder,
            },
            OpenStore = (_, _, _, _) => throw new InvalidOperationException("Nothing may be opened."),
            LoadEncoder = (_, _, _, _) => throw new InvalidOperationException("Nothing may be loaded."),
            Loggers = NullLoggerFactory.Instance,
        };
        var command = CommandList.All.First(command => command.Spec == parsed.Command);

        var exception = Should.Throw<UsageException>(() => command.InvokeAsync(context, TestContext.Current.CancellationToken));
        exception.Error.ShouldBe(IngestError.Usage);
        return exception.Message;
    }

    public static Dictionary<string, string> Variables(params (string Name, string Value)[] variables) =>
        variables.ToDictionary(variable => variable.Name, variable => variable.Value);
}
