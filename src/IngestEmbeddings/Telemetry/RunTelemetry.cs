using System.Diagnostics;
using System.Diagnostics.Metrics;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Telemetry;

/// <summary>Makes traces and meters of the events of a run; <c>docs/telemetry.md</c> lists their names.</summary>
/// <remarks>
/// Costs a few comparisons a window without a listener. No attribute holds a key, the text of a row, or how a store is reached.
/// Observes one event at a time, as an <see cref="EventChannel"/> gives them.
/// </remarks>
/// <param name="clock">The clock of spans.</param>
public sealed class RunTelemetry(TimeProvider clock) : IIngestObserver
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "IngestEmbeddings";

    private const string Worker = "ingest.worker";
    private const string Rows = "ingest.rows";
    private const string Stage = "ingest.stage";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Written = Meter.CreateCounter<long>("ingest.rows.written", "{row}", "Rows written.");
    private static readonly Counter<long> Failed = Meter.CreateCounter<long>("ingest.rows.failed", "{row}", "Rows that failed.");
    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>("ingest.tokens", "{token}", "Tokens that went through the model, without padding.");
    private static readonly Counter<long> Batches = Meter.CreateCounter<long>("ingest.batches", "{batch}", "Batches committed.");
    private static readonly Counter<long> Retries = Meter.CreateCounter<long>("ingest.retries", "{retry}", "Faults of the store that were tried again.");
    private static readonly Counter<long> Leases = Meter.CreateCounter<long>("ingest.leases.lost", "{lease}", "Leases lost to other workers.");
    private static readonly UpDownCounter<long> Workers = Meter.CreateUpDownCounter<long>("ingest.workers", "{worker}", "Workers that run.");
    private static readonly UpDownCounter<long> InFlight = Meter.CreateUpDownCounter<long>("ingest.windows.in_flight", "{window}", "Windows read and not yet written.");
    private static readonly Histogram<double> Durations = Meter.CreateHistogram<double>("ingest.stage.duration", "s", "The time of a stage of one window.");

    private readonly Dictionary<int, Windows> _windows = [];
    private Activity? _run;
    private long _rows;

    /// <inheritdoc/>
    public void Observe(IngestEvent ingestEvent)
    {
        switch (ingestEvent)
        {
            case WorkerStarted started:
                Begin(started.Worker);
                break;
            case WindowRead read:
                InFlight.Add(1);
                Measure("read", read.Elapsed);
                Of(read.Worker).Read(Begin("ingest.window", _run, Now - read.Elapsed, read.Worker, read.Rows), window => Record("ingest.read", window, read.Elapsed));
                break;
            case WindowEncoded encoded:
                Add(encoded);
                break;
            case WindowWritten written:
                InFlight.Add(-1);
                Measure("write", written.Elapsed);
                Of(written.Worker).Written(window => Record("ingest.write", window, written.Elapsed));
                break;
            case WorkerWaited waited:
                Measure("wait", waited.Elapsed);
                break;
            case BatchWritten batch:
                Batches.Add(1);
                Written.Add(batch.Rows);
                _rows += batch.Rows;
                break;
            case RowFailed failed:
                Failed.Add(1, KeyValuePair.Create(Stage, (object?)failed.Stage));
                break;
            case RetryScheduled:
                Retries.Add(1);
                break;
            case LeaseLost:
                Leases.Add(1);
                break;
            case WorkerEnded ended:
                End(ended.Worker);
                break;
        }
    }

    private DateTimeOffset Now => clock.GetUtcNow();

    private static void Measure(string stage, TimeSpan elapsed) => Durations.Record(elapsed.TotalSeconds, KeyValuePair.Create(Stage, (object?)stage));

    private Windows Of(int worker) => _windows.TryGetValue(worker, out var windows) ? windows : _windows[worker] = new Windows();

    private void Begin(int worker)
    {
        Workers.Add(1);
        if (_windows.Count == 0)
        {
            _run = Begin("ingest.run", parent: null, Now, worker: null, rows: null);
        }

        _windows[worker] = new Windows();
    }

    private void Add(WindowEncoded encoded)
    {
        Tokens.Add(encoded.Cost.Tokens);
        Measure("tokenize", encoded.Cost.Tokenizing);
        Measure("encode", encoded.Elapsed - encoded.Cost.Tokenizing);
        Of(encoded.Worker).Encoded(window =>
        {
            window.SetTag("ingest.tokens", encoded.Cost.Tokens);
            Record("ingest.tokenize", window, encoded.Cost.Tokenizing, encoded.Elapsed - encoded.Cost.Tokenizing);
            Record("ingest.encode", window, encoded.Elapsed - encoded.Cost.Tokenizing);
        });
    }

    private void End(int worker)
    {
        Workers.Add(-1);
        if (_windows.Remove(worker, out var windows))
        {
            InFlight.Add(-windows.Abandon());
        }

        if (_windows.Count == 0)
        {
            _run?.SetTag(Rows, _rows);
            _run?.Stop();
            _run = null;
        }
    }

    // The thread belongs to the run: a span of ours must not become the parent of others' by chance.
    private static Activity? Begin(string name, Activity? parent, DateTimeOffset at, int? worker, int? rows)
    {
        var current = Activity.Current;
        try
        {
            Activity.Current = null;
            var activity = Source.StartActivity(name, ActivityKind.Internal, parent?.Context ?? default, startTime: at);
            if (worker is not null)
            {
                activity?.SetTag(Worker, worker).SetTag(Rows, rows);
            }

            return activity;
        }
        finally
        {
            Activity.Current = current;
        }
    }

    private void Record(string name, Activity parent, TimeSpan elapsed, TimeSpan ago = default)
    {
        var end = Now - ago;
        var stage = Begin(name, parent, end - elapsed, worker: null, rows: null);
        stage?.SetEndTime(end.UtcDateTime);
        stage?.Stop();
    }

    /// <summary>The windows of a worker, which are read, encoded and written in the same order.</summary>
    private sealed class Windows
    {
        private readonly Queue<Activity?> _toEncode = new();
        private readonly Queue<Activity?> _toWrite = new();

        public void Read(Activity? window, Action<Activity> stage)
        {
            Tell(window, stage);
            _toEncode.Enqueue(window);
        }

        public void Encoded(Action<Activity> stage)
        {
            if (_toEncode.TryDequeue(out var window))
            {
                Tell(window, stage);
                _toWrite.Enqueue(window);
            }
        }

        public void Written(Action<Activity> stage)
        {
            if (_toWrite.TryDequeue(out var window))
            {
                Tell(window, stage);
                window?.Stop();
            }
        }

        public int Abandon()
        {
            var left = _toEncode.Count + _toWrite.Count;
            foreach (var window in _toEncode.Concat(_toWrite))
            {
                window?.SetStatus(ActivityStatusCode.Error, "not written");
                window?.Stop();
            }

            return left;
        }

        private static void Tell(Activity? window, Action<Activity> stage)
        {
            if (window is not null)
            {
                stage(window);
            }
        }
    }
}
