using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Internal;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings;

/// <summary>
/// Fills in the embeddings and metrics of every pending row of a table. The whole flow, and all concurrency, is in this file.
/// </summary>
/// <remarks>
/// <para>
/// Each worker is an independent loop with a connection of its own. Workers share only the encoder and the counters, so
/// nothing waits for a slow neighbour. Within a worker, window <c>k</c> is encoded on a thread of the pool while, on the
/// connection, window <c>k−1</c> is written and window <c>k+1</c> read:
/// </para>
/// <code>
/// read 0 │ encode 0 │ encode 1          │ encode 2          │ …
///        │ read 1   │ write 0 · read 2  │ write 1 · read 3  │
/// </code>
/// <para>
/// Memory is bounded by workers × three windows, each limited in rows and in text (<see cref="Text.TextLimits"/>), whatever
/// the size of the table. A failed row is data (<see cref="RowFailure"/>). The store retries faults of the infrastructure; an
/// exception ends the run after the other workers have written what they have. A request to stop is neither.
/// </para>
/// </remarks>
public sealed class IngestPipeline
{
    /// <summary>How long the writes of windows in flight may take after a request to stop.</summary>
    internal static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(12);

    private readonly IIngestRun _run;
    private readonly IEncoder? _encoder;
    private readonly VectorValidator? _validator;
    private readonly TextMeter _meter;
    private readonly IngestOptions _options;
    private readonly IIngestObserver _observer;
    private readonly RowQuota _quota;
    private readonly ProgressTally _progress;
    private readonly int _windowRows;
    private readonly int _writeRows;
    private long _cutTexts;

    /// <summary>Prepares a run; nothing is read before <see cref="RunAsync"/>.</summary>
    /// <param name="run">The run of the store; not disposed here.</param>
    /// <param name="encoder">Makes the vectors; null for metrics alone. Not disposed here.</param>
    /// <param name="meter">Makes the metrics.</param>
    /// <param name="options">How many workers, how large batches.</param>
    /// <param name="observer">Observes the run; an <see cref="EventChannel"/> serves several observers.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public IngestPipeline(
        IIngestRun run, IEncoder? encoder, TextMeter meter, IngestOptions options, IIngestObserver observer)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(meter);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(observer);
        options.Validate();

        _run = run;
        _encoder = encoder;
        _validator = encoder is null ? null : new VectorValidator(encoder.Description);
        _meter = meter;
        _options = options;
        _observer = observer;
        _quota = new RowQuota(options.Limit);
        _progress = new ProgressTally(observer);
        _windowRows = options.WindowRowsFor(LimitedTo(run.Pending), encodes: encoder is not null);
        // Metrics alone cost less than a statement does, so a window of them is written at once.
        _writeRows = encoder is null && options.Sleep == TimeSpan.Zero ? _windowRows : options.BatchSize;
    }

    /// <summary>Runs until no row is pending, the limit is reached, or the run is asked to stop.</summary>
    /// <param name="stopping">
    /// Requests a stop: nothing more is read, the encoder returns after the call in flight, and what is encoded is written.
    /// </param>
    /// <exception cref="IngestException">The run cannot go on. What was committed stays.</exception>
    public async Task<IngestSummary> RunAsync(CancellationToken stopping)
    {
        var started = _options.Clock.GetTimestamp();
        // One worker's fault stops the others; their writes in flight get a grace period.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var abandon = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _options.Clock);
        using var grace = stop.Token.Register(() => abandon.CancelAfter(StopGrace));

        var sessions = await OpenSessionsAsync(stop.Token);
        try
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            var counting = StopOnFaultAsync(() => CountTotalAsync(sessions.Count, ended.Token), stop);
            try
            {
                await Task.WhenAll(sessions.Select((session, number) => Task.Run(
                    () => StopOnFaultAsync(() => WorkAsync(new Worker(number, session), stop.Token, abandon.Token), stop), CancellationToken.None)));
            }
            finally
            {
                await ended.CancelAsync();
                await counting;
            }
        }
        finally
        {
            foreach (var session in sessions)
            {
                await session.DisposeAsync();
            }
        }

        var finished = !stopping.IsCancellationRequested && !_quota.IsExhausted;
        return new IngestSummary
        {
            Written = _progress.Written,
            Failed = _progress.Failed,
            CutTexts = Interlocked.Read(ref _cutTexts),
            Interrupted = stopping.IsCancellationRequested,
            LimitReached = _quota.IsExhausted,
            Proof = finished ? await _run.FinishAsync(stopping) : null,
            Elapsed = _options.Clock.GetElapsedTime(started),
        };
    }

    private static async Task StopOnFaultAsync(Func<Task> work, CancellationTokenSource stop)
    {
        try
        {
            await work();
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    private long LimitedTo(long rows) => Math.Min(_options.Limit ?? long.MaxValue, rows);

    /// <summary>Starts the report as soon as the total is known; batches written before are reported then.</summary>
    private async Task CountTotalAsync(int workers, CancellationToken ended)
    {
        try
        {
            _progress.Start(workers, LimitedTo(await _run.CountPendingAsync(ended)));
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The workers finished first, so their count is the total; when stopping, no total is needed.
            _progress.Start(workers, total: 0);
        }
    }

    private async Task<List<IRowSession>> OpenSessionsAsync(CancellationToken stopping)
    {
        var sessions = new List<IRowSession>();
        try
        {
            while (sessions.Count < _options.Workers)
            {
                sessions.Add(await _run.OpenSessionAsync(sessions.Count, stopping));
            }
        }
        catch (TooManyConnectionsException) when (sessions.Count > 0)
        {
            _observer.Observe(new WorkersReduced(sessions.Count, _options.Workers));
        }
        catch
        {
            foreach (var session in sessions)
            {
                await session.DisposeAsync();
            }

            throw;
        }

        return sessions;
    }

    private async Task WorkAsync(Worker worker, CancellationToken stopping, CancellationToken abandon)
    {
        _observer.Observe(new WorkerStarted(worker.Number));
        try
        {
            do
            {
                await DrainAsync(worker, stopping, abandon);
            }
            while (!stopping.IsCancellationRequested && !_quota.IsExhausted && await WaitForMoreAsync(worker, stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped while waiting, or the grace period ended: what is not written stays pending.
        }
        finally
        {
            _observer.Observe(new WorkerEnded(worker.Number, worker.Written));
        }
    }

    private async ValueTask<bool> WaitForMoreAsync(Worker worker, CancellationToken stopping)
    {
        var started = _options.Clock.GetTimestamp();
        try
        {
            return await worker.Session.WaitForMoreAsync(stopping);
        }
        finally
        {
            _observer.Observe(new WorkerWaited(worker.Number, _options.Clock.GetElapsedTime(started)));
        }
    }

    /// <summary>Reads, encodes and writes windows, one of each at a time, until nothing can be claimed.</summary>
    private async Task DrainAsync(Worker worker, CancellationToken stopping, CancellationToken abandon)
    {
        var window = await ReadAsync(worker, stopping);
        EncodedWindow? encoded = null;
        while (window is not null || encoded is not null)
        {
            var current = window;
            var encoding = current is null ? null : Task.Run(() => EncodeAsync(worker, current, stopping), CancellationToken.None);
            try
            {
                if (encoded is not null)
                {
                    await WriteAsync(worker, encoded, stopping, abandon);
                }

                window = current is null ? null : await ReadAsync(worker, stopping);
            }
            finally
            {
                // Awaited even when the write failed: the encoder may be disposed only after its last call.
                encoded?.Dispose();
                encoded = encoding is null ? null : await encoding;
            }
        }
    }

    private async ValueTask<RowWindow?> ReadAsync(Worker worker, CancellationToken stopping)
    {
        var rows = stopping.IsCancellationRequested ? 0 : _quota.Take(_windowRows);
        if (rows == 0)
        {
            return null;
        }

        var started = _options.Clock.GetTimestamp();
        RowWindow? window = null;
        try
        {
            window = await worker.Session.ReadAsync(rows, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Nothing more is read; what is in flight goes on.
        }
        finally
        {
            _quota.Return(rows - (window?.Count ?? 0));
        }

        if (window is not null)
        {
            Interlocked.Add(ref _cutTexts, window.CutTexts);
            _observer.Observe(new WindowRead(worker.Number, window.Count, window.DescribeKey(0), window.DescribeKey(window.Count - 1), _options.Clock.GetElapsedTime(started)));
        }

        return window;
    }

    private async Task<EncodedWindow> EncodeAsync(Worker worker, RowWindow window, CancellationToken stopping)
    {
        var started = _options.Clock.GetTimestamp();
        var encoded = new EncodedWindow(window, _encoder?.Description.Dimension);
        if (_encoder is not null && _validator is not null)
        {
            await _encoder.EncodeAsync(window.Texts, TextRole.Document, encoded.Vectors!, stopping);
            await _options.Failpoints.ReachAsync("after_embed");
            encoded.Validate(_validator);
        }

        encoded.Measure(_meter);
        _observer.Observe(new WindowEncoded(worker.Number, window.Count, encoded.Vectors?.Cost ?? default, _options.Clock.GetElapsedTime(started))
        {
            MostTruncated = encoded.Vectors is { Truncated: { Count: > 0 } truncated }
                ? TruncatedRow.Most(truncated.Select(text => new TruncatedRow(window.DescribeKey(text.Index), text.LostTokens)))
                : [],
        });
        return encoded;
    }

    private async Task WriteAsync(
        Worker worker, EncodedWindow encoded, CancellationToken stopping, CancellationToken abandon)
    {
        var rows = 0;
        var elapsed = TimeSpan.Zero;
        foreach (var batch in encoded.Batches(_writeRows))
        {
            WriteResult result;
            var started = _options.Clock.GetTimestamp();
            try
            {
                result = await worker.Session.WriteAsync(batch, abandon);
            }
            catch (ClaimLostException lost)
            {
                _observer.Observe(new LeaseLost(worker.Number, lost.Message));
                break;
            }

            rows += result.Written;
            elapsed += _options.Clock.GetElapsedTime(started);
            _quota.Return(batch.Rows.Count - result.Written);
            worker.Written += result.Written;
            _progress.Add(worker.Number, batch, result, _options.BatchSize);
            if (_progress.Failed > _options.MaxFailures)
            {
                throw new IngestException(
                    IngestError.Data,
                    $"{_progress.Failed} rows failed, more than {_options.MaxFailures}. Look at their reasons, or raise --max-failures; "
                    + "a rerun resumes.");
            }

            if (_options.Sleep > TimeSpan.Zero && !stopping.IsCancellationRequested)
            {
                await Task.Delay(_options.Sleep, _options.Clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        _observer.Observe(new WindowWritten(worker.Number, rows, elapsed));
    }

    private sealed class Worker(int number, IRowSession session)
    {
        public int Number => number;

        public IRowSession Session => session;

        public long Written { get; set; }
    }
}
