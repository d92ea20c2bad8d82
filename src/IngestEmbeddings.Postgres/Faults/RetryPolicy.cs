using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.Logging;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace IngestEmbeddings.Postgres.Faults;

/// <summary>How long faults are waited out.</summary>
internal enum Patience
{
    /// <summary>At the start of a command: a server that restarts gets 15 s, all else is an error at once.</summary>
    Start,

    /// <summary>In a command that has started: as in a run, except that a server without writes is an error.</summary>
    Command,

    /// <summary>While a run is under way: as long as the options say, by default without limit.</summary>
    Run,
}

/// <summary>The one place that tries again.</summary>
/// <remarks>
/// Jittered exponential delays from 50 ms to 30 s: many workers must not meet a recovering server at the same moments. A
/// cancelled or slow statement gets three more tries.
/// </remarks>
internal sealed class RetryPolicy
{
    private const int SlowTries = 3;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StartDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(15);

    // A full disk does not empty itself in milliseconds.
    private static readonly TimeSpan FullDelay = TimeSpan.FromSeconds(5);

    private static readonly ResiliencePropertyKey<Outage> OutageKey = new("outage");

    private readonly RetryOptions _options;
    private readonly ResiliencePipeline _pipeline;

    public RetryPolicy(RetryOptions options)
    {
        _options = options;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = options.Clock }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstDelay,
                MaxDelay = MaxDelay,
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is PostgresFault fault
                    && !arguments.Context.CancellationToken.IsCancellationRequested
                    && ShouldRetry(fault, arguments.AttemptNumber, Of(arguments.Context))),
                DelayGenerator = static arguments => ValueTask.FromResult(
                    Delay((PostgresFault)arguments.Outcome.Exception!, Of(arguments.Context).Patience)),
                OnRetry = Report,
            })
            .Build();
    }

    /// <summary>Runs some work, again and again until it succeeds or fails for good.</summary>
    /// <param name="patience">Which faults are waited out.</param>
    /// <param name="work">The work; told which try it is, from 0.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="PostgresFault">The user must act, or the server was away for too long.</exception>
    public async Task<T> RunAsync<T>(Patience patience, Func<int, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        var outage = new Outage(patience);
        context.Properties.Set(OutageKey, outage);
        try
        {
            return await _pipeline.ExecuteAsync(
                async (attempt, state) => await work(state.Outage.Tries++, attempt.CancellationToken), context, (Outage: outage, work));
        }
        catch (PostgresFault fault) when (
            !fault.AtStart && (patience == Patience.Start || (patience == Patience.Command && fault.Kind == FaultKind.ReadOnly)))
        {
            throw fault.AsStart();
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private bool ShouldRetry(PostgresFault fault, int attempt, Outage outage)
    {
        outage.Since ??= _options.Clock.GetTimestamp();
        var elapsed = _options.Clock.GetElapsedTime(outage.Since.Value);
        return (outage.Patience, fault.Kind) switch
        {
            (Patience.Start, var kind) => kind == FaultKind.Restarting && elapsed < StartPatience,
            (Patience.Command, FaultKind.ReadOnly) => false,
            (_, FaultKind.Slow or FaultKind.StalePlan) => attempt < SlowTries,
            (_, FaultKind.Unknown or FaultKind.Data or FaultKind.Configuration) => false,
            _ => _options.MaxOutage is not { } limit || elapsed < limit,
        };
    }

    private static Outage Of(ResilienceContext context) => context.Properties.GetValue(OutageKey, new Outage(Patience.Run));

    // Null: the exponential delay.
    private static TimeSpan? Delay(PostgresFault fault, Patience patience) =>
        patience == Patience.Start ? StartDelay : fault.Kind == FaultKind.Full ? FullDelay : null;

    // The first failure, and then one of eight: enough to see what happens, too few to drown the progress lines.
    private ValueTask Report(OnRetryArguments<object> arguments)
    {
        var fault = (PostgresFault)arguments.Outcome.Exception!;
        _options.Logger.RetryScheduled(arguments.AttemptNumber + 1, fault.Kind.ToString(), fault.SqlState, fault);
        var first = fault.Kind == FaultKind.Contention ? 4 : 0;
        if (Of(arguments.Context).Patience != Patience.Start && arguments.AttemptNumber >= first && (arguments.AttemptNumber - first) % 8 == 0)
        {
            _options.Observer.Observe(new RetryScheduled("PostgreSQL", FaultMessages.Brief(fault), Wait(fault.Kind)));
        }

        return ValueTask.CompletedTask;
    }

    private static RetryWait Wait(FaultKind kind) => kind switch
    {
        FaultKind.Full => RetryWait.Room,
        FaultKind.ReadOnly => RetryWait.WritableServer,
        _ => RetryWait.Delay,
    };

    private sealed class Outage(Patience patience)
    {
        public Patience Patience => patience;

        public int Tries { get; set; }

        public long? Since { get; set; }
    }
}

/// <summary>How faults are waited out, and who is told.</summary>
/// <param name="MaxOutage">How long the server may be away while a run is under way; null for ever.</param>
/// <param name="Clock">The clock of the waits.</param>
/// <param name="Observer">Observes retries.</param>
/// <param name="Logger">Logs them.</param>
internal sealed record RetryOptions(TimeSpan? MaxOutage, TimeProvider Clock, IIngestObserver Observer, ILogger Logger);
