using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Events;
using Spectre.Console;

namespace IngestEmbeddings.Cli.Live;

/// <summary>Shows a run on a terminal, several times a second, in place. What else is said scrolls by above it.</summary>
/// <remarks>Disposing it draws the last state and leaves it there.</remarks>
internal sealed class LiveProgress : IIngestObserver, IAsyncDisposable
{
    // What was drawn before is wider than a line that is written over it.
    private const string EraseBelow = "\u001B[0J";

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, WorkerState> _workers = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly TimeProvider _clock;
    private readonly Terminal _terminal;
    private readonly IAnsiConsole _console;
    private readonly Messages _messages;
    private readonly string _table;
    private readonly RunMeter _meter;
    private readonly RecentRate _rate;
    private Task<double?> _meanTokens = Task.FromResult<double?>(null);
    private Task? _drawing;
    private int _columns;
    private int _disposed;

    /// <summary>Prepares the view, which appears when the run starts.</summary>
    /// <param name="terminal">The terminal.</param>
    /// <param name="messages">What is said meanwhile.</param>
    /// <param name="table">The table.</param>
    /// <param name="meter">Sums the run; observes each event before this does.</param>
    /// <param name="clock">The clock.</param>
    public LiveProgress(Terminal terminal, Messages messages, string table, RunMeter meter, TimeProvider clock)
    {
        (_terminal, _messages, _table, _meter, _clock) = (terminal, messages, table, meter, clock);
        _rate = new RecentRate(clock);
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = terminal.HasColors ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = terminal,
        });
    }

    /// <summary>Estimates the mean tokens of the rows to do: once they are known, the time left is that of the tokens left.</summary>
    /// <param name="meanTokens">Estimates; cancelled when the view ends first.</param>
    public void Estimate(Func<CancellationToken, Task<double?>> meanTokens) => _meanTokens = meanTokens(_ended.Token);

    /// <inheritdoc/>
    public void Observe(IngestEvent ingestEvent)
    {
        lock (_lock)
        {
            switch (ingestEvent)
            {
                case RunStarted:
                    _drawing ??= Task.Run(DrawAsync);
                    break;
                case WorkerStarted started:
                    _workers[started.Worker] = new WorkerState(started.Worker, "reading", "", 0);
                    break;
                case WindowRead read:
                    Change(read.Worker, worker => worker with { Doing = "encoding", Keys = $"{read.FirstKey} – {read.LastKey}" });
                    break;
                case WindowEncoded encoded:
                    Change(encoded.Worker, static worker => worker with { Doing = "writing" });
                    break;
                case BatchWritten batch:
                    Change(batch.Worker, worker => worker with { Written = worker.Written + batch.Rows });
                    break;
                case WorkerEnded ended:
                    Change(ended.Worker, static worker => worker with { Doing = "ended", Keys = "" });
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _ended.CancelAsync();
        Task? drawing;
        lock (_lock)
        {
            drawing = _drawing;
        }

        if (drawing is not null)
        {
            await drawing;
        }

        await ((Task)_meanTokens).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        _ended.Dispose();
    }

    private void Change(int worker, Func<WorkerState, WorkerState> change)
    {
        if (_workers.TryGetValue(worker, out var state))
        {
            _workers[worker] = change(state);
        }
    }

    private async Task DrawAsync()
    {
        _columns = _terminal.Width;
        using var above = _messages.ShowAbove(line => _console.Write(new Spectre.Console.Rows(new ControlCode(EraseBelow), new Spectre.Console.Text(line))));
        await _console.Live(Look()).Overflow(VerticalOverflow.Crop).StartAsync(async context =>
        {
            while (!_ended.IsCancellationRequested)
            {
                Redraw(context);
                await Task.Delay(Between, _clock, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            // Whatever else is there, such as the ^C that the terminal has shown, goes.
            _console.Write(new ControlCode(EraseBelow));
            Redraw(context);
        });
    }

    private void Redraw(LiveDisplayContext context)
    {
        if (_columns != _terminal.Width)
        {
            // The terminal has broken the lines of another width: what is on the screen has no known place any more.
            _columns = _terminal.Width;
            _console.Clear(home: true);
        }

        context.UpdateTarget(Look());
    }

    private Spectre.Console.Rows Look()
    {
        var run = _meter.Read();
        var (rows, tokens) = _rate.Look(run.Written, run.Tokens);
        WorkerState[] workers;
        lock (_lock)
        {
            workers = [.. _workers.Values];
        }

        var state = new LiveState(_table, run, rows, tokens, TimeLeft.Of(run, rows, _meanTokens is { IsCompletedSuccessfully: true, Result: { } mean } ? mean : null), workers);
        var lines = LiveLines.Of(state, _terminal.Width, _terminal.Height);
        return new Spectre.Console.Rows(lines.Select(static (line, index) => new Spectre.Console.Text(line, index == 0 ? new Style(Color.Green) : Style.Plain).Overflow(Overflow.Crop)));
    }
}
