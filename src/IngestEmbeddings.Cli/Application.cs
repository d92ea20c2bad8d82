using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Http.Hub;
using IngestEmbeddings.Onnx.Folders;

namespace IngestEmbeddings.Cli;

/// <summary>The program: takes the command line apart, composes the command, runs it, and shows what goes wrong.</summary>
/// <param name="context">What it touches of its process.</param>
/// <param name="openStore">Opens stores.</param>
/// <param name="loadEncoder">Loads models.</param>
internal sealed class Application(ProcessContext context, StoreOpener openStore, EncoderLoader loadEncoder)
{
    private const string DebugVariable = "INGEST_DEBUG";

    private readonly Messages _messages = new(context.Output, context.Error, context.ErrorIsTerminal);

    /// <summary>Runs the program.</summary>
    /// <param name="arguments">The command line.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        using var signals = new StopSignals(_messages.Notice);
        try
        {
            var code = await DispatchAsync(CommandLineParser.Parse(arguments), signals.Stopping);
            return code == ExitCode.Stopped && signals.WasInterrupted ? ExitCode.Interrupted : code;
        }
        catch (OperationCanceledException) when (signals.Stopping.IsCancellationRequested)
        {
            _messages.Notice("Stopped before anything was begun. The same command starts again.");
            return signals.WasInterrupted ? ExitCode.Interrupted : ExitCode.Stopped;
        }
        catch (IngestException exception)
        {
            _messages.Fail(exception);
            ShowDetails(exception);
            return (int)exception.Error;
        }
        catch (Exception exception)
        {
            _messages.Fail(exception);
            if (!ShowDetails(exception))
            {
                _messages.Notice($"That was not foreseen. {DebugVariable}=1 shows where it came from. What was written is kept; the same command resumes.");
            }

            return ExitCode.Unexpected;
        }
    }

    private async Task<int> DispatchAsync(ParsedArguments arguments, CancellationToken stopping)
    {
        if (arguments.WantsHelp)
        {
            context.Output.Write(HelpText.Of(arguments.Command));
            return ExitCode.Done;
        }

        if (arguments.WantsVersion)
        {
            _messages.Line(HelpText.Version);
            return ExitCode.Done;
        }

        var folder = context.WorkingDirectory;
        var environment = EnvironmentFile.Load(arguments, context.Environment, folder, _messages);
        var settings = new SettingsReader(arguments, environment);
        switch (arguments.Command)
        {
            case CommandNames.Init:
                var init = InitOptions.Read(settings, folder, _messages.Warn);
                settings.ThrowIfRejected();
                return await new InitCommand(openStore, _messages).InvokeAsync(init, stopping);

            case CommandNames.Load:
                var load = LoadOptions.Read(settings, folder, _messages.Warn);
                settings.ThrowIfRejected();
                return await new LoadCommand(openStore, context.OpenInput, _messages).InvokeAsync(load, stopping);

            case CommandNames.Status:
                var status = StatusOptions.Read(settings, folder, _messages.Warn);
                settings.ThrowIfRejected();
                return await new StatusCommand(openStore, _messages).InvokeAsync(status, stopping);

            case CommandNames.Index:
                var index = IndexOptions.Read(settings, folder, _messages.Warn);
                settings.ThrowIfRejected();
                return await new IndexCommand(openStore, _messages).InvokeAsync(index, stopping);

            case CommandNames.Bench:
                var bench = BenchOptions.Read(settings, folder, _messages.Warn);
                settings.ThrowIfRejected();
                return await new BenchCommand(openStore, loadEncoder, _messages, context.Time).InvokeAsync(bench, stopping);

            case CommandNames.ModelInfo:
                var model = ModelInfoCommand.Read(settings, folder);
                settings.ThrowIfRejected();
                return new ModelInfoCommand(_messages).Invoke(model);

            case CommandNames.ModelPull:
                var pull = ModelPullOptions.Read(settings);
                settings.ThrowIfRejected();
                var hub = HubOptions.Read(context.Environment.GetValueOrDefault, ModelFinder.HubCache(context.Environment.GetValueOrDefault));
                return await new ModelPullCommand(hub, _messages).InvokeAsync(pull, stopping);

            case CommandNames.ModelList:
                settings.ThrowIfRejected();
                return new ModelListCommand(context.Environment.GetValueOrDefault, _messages).Invoke();

            case CommandNames.ModelQuantize:
                var quantize = ModelQuantizeOptions.Read(settings, folder);
                settings.ThrowIfRejected();
                return await new ModelQuantizeCommand(_messages).InvokeAsync(quantize, stopping);

            default:
                var run = RunOptions.Read(settings, folder, _messages.Warn);
                settings.ThrowIfRejected();
                var samples = new SampleStore(new SampleCorpus(context.ProgramFolder), openStore, _messages);
                return await new RunCommand(openStore, loadEncoder, samples, _messages, context).InvokeAsync(run, stopping);
        }
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
