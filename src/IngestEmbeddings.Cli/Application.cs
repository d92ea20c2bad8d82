using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Cli.Shown;

namespace IngestEmbeddings.Cli;

/// <summary>The program: takes the command line apart, runs the command, and shows what goes wrong.</summary>
/// <param name="context">What it touches of its process.</param>
/// <param name="openStore">Opens stores.</param>
/// <param name="loadEncoder">Loads models.</param>
internal sealed class Application(ProcessContext context, StoreOpener openStore, EncoderLoader loadEncoder)
{
    private const string DebugVariable = "INGEST_DEBUG";

    private readonly Messages _messages = new(context.Output, context.Error, context.ErrorIsTerminal);

    /// <summary>Runs the program.</summary>
    /// <param name="line">The command line.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> line)
    {
        using var signals = new StopSignals(_messages.Notice);
        var arguments = new CommandLineParser(CommandList.Specs).Parse(line);
        var hint = new CommandHint(arguments, CommandList.Specs);
        try
        {
            var code = await DispatchAsync(arguments, hint, signals.Stopping);
            return code == ExitCode.Stopped && signals.WasInterrupted ? ExitCode.Interrupted : code;
        }
        catch (OperationCanceledException) when (signals.Stopping.IsCancellationRequested)
        {
            _messages.Notice("Stopped before anything was started. Run the same command to start again.");
            return signals.WasInterrupted ? ExitCode.Interrupted : ExitCode.Stopped;
        }
        catch (IngestException exception)
        {
            _messages.Fail(exception, exception.Suggestion is null ? null : hint.Of(exception.Suggestion));
            if (exception is UsageException && arguments.Near is { } near)
            {
                _messages.Notice($"'{near.Word}' is taken for a table. {near.Question}");
            }

            ShowDetails(exception);
            return (int)exception.Error;
        }
        catch (Exception exception)
        {
            _messages.Fail(exception);
            if (!ShowDetails(exception))
            {
                _messages.Notice($"Unexpected error. {DebugVariable}=1 shows details. Written rows are kept; run the same command to resume.");
            }

            return ExitCode.Unexpected;
        }
    }

    private async Task<int> DispatchAsync(ParsedArguments arguments, CommandHint hint, CancellationToken stopping)
    {
        if (arguments.WantsHelp)
        {
            context.Output.Write(arguments.IsNamed ? HelpText.Of(arguments.Command) : HelpText.Overview(CommandList.Specs));
            return ExitCode.Done;
        }

        if (arguments.WantsVersion)
        {
            _messages.Line(HelpText.Version);
            return ExitCode.Done;
        }

        var folder = context.WorkingDirectory;
        // What the help shows depends on no variable, and a file that is wrong must not hide it.
        var environment = arguments.Command.Options.Contains(OptionTable.EnvFile)
            ? EnvironmentFile.Load(arguments, context.Environment, folder, _messages)
            : new EnvironmentLayers(context.Environment, new Dictionary<string, string>());
        using var loggers = ErrorLog.Of(context.Environment, _messages);
        var logger = loggers.CreateLogger("Program");
        logger.CommandStarted(HelpText.Version, arguments.Command.Name, folder);
        var command = CommandList.All.First(one => one.Spec == arguments.Command);
        var code = await command.InvokeAsync(
            new CommandContext
            {
                Arguments = arguments,
                Settings = new SettingsReader(arguments, environment),
                Messages = _messages,
                Hint = hint,
                Process = context,
                OpenStore = openStore,
                LoadEncoder = loadEncoder,
                Loggers = loggers,
            },
            stopping);
        logger.CommandEnded(arguments.Command.Name, code);
        return code;
    }

    private bool ShowDetails(Exception exception)
    {
        var wanted = context.Environment.TryGetValue(DebugVariable, out var value) && value is not ("" or "0");
        if (wanted)
        {
            _messages.Detail(exception.ToString());
        }

        return wanted;
    }
}
