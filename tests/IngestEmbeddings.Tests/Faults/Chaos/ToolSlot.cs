using System.Collections.Concurrent;
using IngestEmbeddings.Tests.Support;
using Npgsql;

namespace IngestEmbeddings.Tests.Faults.Chaos;

/// <summary>A place where the program always runs: when it ends, for whatever reason, it is started again.</summary>
internal sealed class ToolSlot(int number, NpgsqlConnectionStringBuilder database, string? without, TimeSpan lease, TimeSpan sleep) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private volatile ToolProcess? _process;
    private volatile bool _killed;
    private int _starts;
    private Task _running = Task.CompletedTask;

    /// <summary>Ends that nothing was done to cause: an exit code other than 0, 4 and a kill, with what the program said.</summary>
    public ConcurrentQueue<string> Surprises { get; } = new();

    /// <summary>The process, once it has written something; null while there is none that has.</summary>
    public ToolProcess? Working => _process is { HasExited: false } process && process.Output.Contains("Processed batch", StringComparison.Ordinal) ? process : null;

    /// <summary>Begins to run the program again and again.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Kills the process.</summary>
    /// <returns>False when it was gone already.</returns>
    public bool Kill(ToolProcess process)
    {
        _killed = true;
        return process.Kill();
    }

    /// <summary>Asks the process that runs to stop, and starts no other.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        _process?.Send(UnixSignal.Terminate);
        await _running;
    }

    /// <summary>Runs the program once more, without pauses, to its end.</summary>
    public async Task<ToolResult> FinishAsync()
    {
        await using var process = StartProcess(TimeSpan.Zero);
        return await process.WaitAsync(TimeSpan.FromMinutes(5));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _killed = true;
        _process?.Kill();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            _killed = false;
            await using var process = StartProcess(sleep);
            _process = process;
            var result = await process.WaitAsync(TimeSpan.FromMinutes(30));
            _process = null;
            // Who is started while the server is down is told so: a mistake in the address looks the same.
            var foundNoServer = result.ExitCode == 5 && result.Errors.Contains("no server answers", StringComparison.Ordinal);
            // At the end of the chaos, the signal may reach a process that does not listen yet: it has done nothing.
            var wasStoppedAtStart = _stop.IsCancellationRequested && result is { ExitCode: 143, Output: "", Errors: "" };
            if (!_killed && !foundNoServer && !wasStoppedAtStart && result.ExitCode is not (0 or 4))
            {
                Surprises.Enqueue($"exit code {result.ExitCode}: {result.Errors}");
            }
        }
    }

    // Each process has a name of its own in the database: that is how the oracle tells who holds a key range.
    private ToolProcess StartProcess(TimeSpan pause)
    {
        var name = $"chaos-{number}-{Interlocked.Increment(ref _starts)}";
        string[] arguments =
        [
            "run", "sentences", "50", "--workers", "2", "--model", "builtin:hashing", "--frequency", "never",
            "--sleep", FormattableString.Invariant($"{pause.TotalSeconds}"),
            "--lease", FormattableString.Invariant($"{lease.TotalSeconds}"),
            "--store", $"postgresql://{database.Username}@{database.Host}:{database.Port}/{database.Database}?application_name={name}",
        ];
        return without is null
            ? ToolProcess.Start(arguments)
            : ToolProcess.Start(["tool", without, .. arguments], assembly: typeof(ToolSlot).Assembly.Location);
    }
}
