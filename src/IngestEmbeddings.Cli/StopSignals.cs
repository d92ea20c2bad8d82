using System.Runtime.InteropServices;

namespace IngestEmbeddings.Cli;

/// <summary>
/// Turns Ctrl-C and SIGTERM into a wish to stop: the first time the batches in flight are finished and kept, the second
/// time the program ends at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const int Terminated = 143;

    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action<string> _say;
    private int _count;

    /// <summary>Listens from now on.</summary>
    /// <param name="say">Is told that the program is stopping.</param>
    public StopSignals(Action<string> say)
    {
        _say = say;
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle));
    }

    /// <summary>Asks to stop.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>True when it was Ctrl-C that asked.</summary>
    public bool WasInterrupted { get; private set; }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        var interrupted = context.Signal == PosixSignal.SIGINT;
        if (Interlocked.Increment(ref _count) > 1)
        {
            Environment.Exit(interrupted ? ExitCode.Interrupted : Terminated);
        }

        WasInterrupted = interrupted;
        _say("Stopping: the batches in flight are finished and kept. Once more to stop at once.");
        _stop.Cancel();
    }
}
