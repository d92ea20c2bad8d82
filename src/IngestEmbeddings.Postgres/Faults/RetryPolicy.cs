using IngestEmbeddings.Events;
using Polly.Retry;
using Polly;

namespace IngestEmbeddings.Postgres.Faults;

/// <summary>The one place that tries again.</summary>
/// <remarks>
/// Jittered exponential delays from 50 ms to 30 s: many workers must not meet a recovering server at the same moments. No
/// limit of tries while the server is away, unless the options set a time. A cancelled or slow statement gets three more.
/// </remarks>
internal sealed class RetryPolicy
{
    private const int SlowTries = 3;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    // A full disk does not empty itself in milliseconds.
    private static readonly TimeSpan FullDelay = TimeSpan.FromSeconds(5);

    private static readonly ResiliencePropertyKey<Outage> OutageKey = new("outage");

    private readonly PostgresOptions _options;
    private readonly string _location;
    private readonly ResiliencePipeline _pipeline;

    public RetryPolicy(PostgresOptions options, string location)
    {
        _options = options;
        _location = location;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = options.Clock }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstDelay,
                MaxDelay = LongestDelay,
                ShouldHandle = arguments => ValueTask.FromResult(ShouldRetry(arguments)),
                DelayGenerator = static arguments => ValueTask.FromResult<TimeSpan?>(
                    PostgresFaults.Classify(arguments.Outcome.Exception!) == FaultKind.Full ? FullDelay : null),
                OnRetry = Report,
            })
            .Build();
    }

    /// <summary>Runs some work, again and again until it succeeds or fails for good.</summary>
    /// <param name="work">The work; told which try it is, from 0.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    /// <exception cref="IngestException">The user must act, or the server was away for too long.</exception>
    public async Task<T> RunAsync<T>(Func<int, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        var outage = new Outage();
        context.Properties.Set(OutageKey, outage);
        try
        {
            return await _pipeline.ExecuteAsync(
                async (attempt, state) => await work(state.Outage.Tries++, attempt.CancellationToken), context, (Outage: outage, work));
        }
        catch (Exception fault) when (PostgresFaults.Classify(fault) is not FaultKind.Unknown)
        {
            throw PostgresFaults.Classify(fault) is FaultKind.Configuration or FaultKind.Data
                ? FaultMessages.Explain(fault, _location)
                : new IngestException(
                    IngestError.Stopped, $"{_location}: gave up: {FaultMessages.Brief(fault)}. Run again to resume.", fault);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private bool ShouldRetry(RetryPredicateArguments<object> arguments)
    {
        if (arguments.Outcome.Exception is not { } fault || arguments.Context.CancellationToken.IsCancellationRequested)
        {
            return false;
        }

        return PostgresFaults.Classify(fault) switch
        {
            FaultKind.Slow => arguments.AttemptNumber < SlowTries,
            FaultKind.Away or FaultKind.ReadOnly or FaultKind.Contention or FaultKind.Crowded or FaultKind.Full => !IsTooLong(arguments.Context),
            FaultKind.StalePlan => arguments.AttemptNumber < SlowTries,
            _ => false,
        };
    }

    private bool IsTooLong(ResilienceContext context)
    {
        var outage = context.Properties.GetValue(OutageKey, new Outage());
        outage.Since ??= _options.Clock.GetTimestamp();
        return _options.GiveUpAfter is { } limit && _options.Clock.GetElapsedTime(outage.Since.Value) >= limit;
    }

    // The first failure, and then one of eight: enough to see what goes on, too few to drown the progress lines.
    private ValueTask Report(OnRetryArguments<object> arguments)
    {
        var fault = arguments.Outcome.Exception!;
        var first = PostgresFaults.Classify(fault) is FaultKind.Contention ? 4 : 0;
        if (arguments.AttemptNumber >= first && (arguments.AttemptNumber - first) % 8 == 0)
        {
            _options.Observer.Observe(new RetryScheduled("PostgreSQL", FaultMessages.Brief(fault), Wait(fault)));
        }

        return ValueTask.CompletedTask;
    }

    private static RetryWait Wait(Exception fault) => PostgresFaults.Classify(fault) switch
    {
        FaultKind.Full => RetryWait.Room,
        FaultKind.ReadOnly => RetryWait.WritableServer,
        _ => RetryWait.Delay,
    };

    private sealed class Outage
    {
        public int Tries { get; set; }

        public long? Since { get; set; }
    }
}
