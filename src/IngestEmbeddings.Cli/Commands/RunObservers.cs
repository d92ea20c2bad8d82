using IngestEmbeddings.Cli.Live;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Telemetry;
using IngestEmbeddings.Events;
using IngestEmbeddings.Telemetry;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>All that observes a run: its figures, its progress, and telemetry where it is asked for.</summary>
internal sealed class RunObservers : IAsyncDisposable
{
    private readonly TelemetryExport? _export;
    private readonly MetricsServer? _server;
    private readonly LiveProgress? _live;
    private readonly IIngestObserver _progress;
    private readonly RunTelemetry _telemetry;

    private RunObservers(RunOptions options, CommandContext context)
    {
        var clock = context.Process.Time;
        Figures = new RunMeter(clock);
        _telemetry = new RunTelemetry(clock);
        _export = TelemetryExport.Start(context.Process.Environment);
        _server = options.MetricsAddress is { } address ? MetricsServer.Start(address, Figures, clock) : null;
        _live = options is { Progress: ProgressForm.Live, DryRun: false, Prune: false, Watch: false } && context.Process.Terminal is { } terminal
            ? new LiveProgress(terminal, context.Messages, options.Table.Table, Figures, clock)
            : null;
        _progress = _live is not null ? _live
            : options.Progress == ProgressForm.Json ? new JsonProgress(context.Messages, options.Table.Table, Figures)
            : new PlainProgress(context.Messages, options.Progress == ProgressForm.Plain);
        if (_server is not null)
        {
            context.Messages.Notice($"Metrics are served at http://{_server.Address}/metrics.");
        }
    }

    /// <summary>The figures of the run.</summary>
    public RunMeter Figures { get; }

    /// <summary>The observers, in the order in which they are told.</summary>
    public IReadOnlyList<IIngestObserver> All => [Figures, _progress, _telemetry];

    /// <summary>Starts what a run asks for.</summary>
    /// <exception cref="IngestException">A port is taken, or an endpoint is no URL.</exception>
    public static RunObservers Start(RunOptions options, CommandContext context) => new(options, context);

    /// <summary>Runs, with the view on the terminal.</summary>
    /// <param name="meanTokens">Estimates the mean tokens of the rows to do while the run is under way.</param>
    /// <param name="run">The run.</param>
    public async Task<IngestSummary> ShowAsync(Func<CancellationToken, Task<double?>> meanTokens, Func<Task<IngestSummary>> run)
    {
        if (_live is null)
        {
            return await run();
        }

        await using (_live)
        {
            _live.Estimate(meanTokens);
            return await run();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _export?.Dispose();
    }
}
