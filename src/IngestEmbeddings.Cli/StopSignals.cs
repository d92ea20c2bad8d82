using System.Runtime.InteropServices;
using IngestEmbeddings.Cli.Output;

namespace IngestEmbeddings.Cli;

/// <summary>
/// Turns Ctrl-C, SIGTERM and SIGHUP into a wish to stop: the first time the batches in flight are finished and kept, the second
/// time the program ends at once.
/// </summary>
/// <remarks>
/// <c>timeout</c> and shells send a signal to the program and to its group: what comes within a second is the same wish. Only Ctrl-C
/// pressed twice is a second one at any speed.
/// </remarks>
internal sealed class StopSignals : IDisposable
{
    private const int SignalBase = 128;

    private static readonly TimeSpan SameWish = TimeSpan.FromSeconds(1);

    private static readonly IReadOnlyDictionary<PosixSignal, int> Numbers = new Dictionary<PosixSignal, int>
    {
        [PosixSignal.SIGHUP] = 1,
        [PosixSignal.SIGINT] = 2,
        [PosixSignal.SIGTERM] = 15,
    };

    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _lock = new();
    private readonly Action<string> _say;
    private readonly TimeProvider _clock;
    private readonly Action<int> _exit;
    private PosixSignal? _first;
    private long _since;

    /// <summary>Listens from now on.</summary>
    /// <param name="say">Is told that the program is stopping.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <param name="exit">Ends the process; null for the usual way.</param>
    public StopSignals(Action<string> say, TimeProvider? clock = null, Action<int>? exit = null)
    {
        _say = say;
        _clock = clock ?? TimeProvider.System;
        _exit = exit ?? Environment.Exit;
        foreach (var signal in Numbers.Keys)
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Take(context.Signal);
            }));
        }
    }

    /// <summary>Asks to stop.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>True when it was Ctrl-C that asked.</summary>
    public bool WasInterrupted => _first == PosixSignal.SIGINT;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    /// <summary>Takes a signal.</summary>
    internal void Take(PosixSignal signal)
    {
        lock (_lock)
        {
            if (_first is { } first)
            {
                var isPressedTwice = first == PosixSignal.SIGINT && signal == PosixSignal.SIGINT;
                if (isPressedTwice || _clock.GetElapsedTime(_since) >= SameWish)
                {
                    _exit(signal == PosixSignal.SIGINT ? ExitCode.Interrupted : SignalBase + Numbers[signal]);
                }

                return;
            }

            _first = signal;
            _since = _clock.GetTimestamp();
        }

        _say("Stopping: the batches in flight are finished and kept. Once more to stop at once.");
        _stop.Cancel();
    }
}
