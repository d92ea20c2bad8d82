using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Cli.Settings;
using Shouldly;

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
        new(CommandLineParser.Parse(arguments), new EnvironmentLayers(environment ?? Nothing, file ?? Nothing));

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

    /// <summary>The whole message about the mistakes of a command line.</summary>
    public static string Mistakes(
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        IReadOnlyDictionary<string, string>? file = null)
    {
        var settings = Settings(arguments, environment, file);
        switch (CommandLineParser.Parse(arguments).Command)
        {
            case CommandNames.Init:
                InitOptions.Read(settings, Folder, _ => { });
                break;
            case CommandNames.Load:
                LoadOptions.Read(settings, Folder, _ => { });
                break;
            default:
                RunOptions.Read(settings, Folder, _ => { });
                break;
        }

        var exception = Should.Throw<UsageException>(settings.ThrowIfRejected);
        exception.Error.ShouldBe(IngestError.Usage);
        return exception.Message;
    }

    public static Dictionary<string, string> Variables(params (string Name, string Value)[] variables) =>
        variables.ToDictionary(variable => variable.Name, variable => variable.Value);
}
