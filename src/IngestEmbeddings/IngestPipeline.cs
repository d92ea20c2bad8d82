using IngestEmbeddings.Encoding;
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
/// Memory is bounded by workers × three windows, of so many rows and of so much text (<see cref="TextLimits"/>), whatever the
/// size of the table. A row that cannot be done is
/// data (<see cref="RowFailure"/>); a fault of the infrastructure is retried inside the store, and what comes out of it ends
/// the run after the other workers have written what they have; a wish to stop is neither and ends the run in good order.
/// </para>
/// </remarks>
public sealed class IngestPipeline
{
    /// <summary>How long the writes of windows in flight may take once the run was asked to stop.</summary>
    internal static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(15);

    private readonly IIngestRun _run;
    private readonly IEncoder? _encoder;
    private readonly VectorGate? _gate;
    private readonly TextMeter _meter;
    private readonly IngestOptions _options;
    private readonly TimeProvider _time;
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
    /// <param name="observer">Is told how the run goes.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public IngestPipeline(
        IIngestRun run, IEncoder? encoder, TextMeter meter, IngestOptions options, IIngestObserver observer, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(meter);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(observer);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();

        _run = run;
        _encoder = encoder;
        _gate = encoder is null ? null : new VectorGate(encoder.Description);
        _meter = meter;
        _options = options;
        _time = time;
        _quota = new RowQuota(options.Limit);
        _progress = new ProgressTally(observer);
        _windowRows = options.WindowRowsFor(LimitedTo(run.Pending), metricsOnly: encoder is null);
        // Metrics alone cost less than a statement does, so a window of them is written at once.
        _writeRows = encoder is null && options.Sleep == TimeSpan.Zero ? _windowRows : options.BatchSize;
    }

    /// <summary>Runs until no row is pending, the limit is reached, or the run is asked to stop.</summary>
    /// <param name="stopping">
    /// Asks to stop: nothing more is read, the encoder returns after the call in flight, and what is encoded is written.
    /// </param>
    /// <exception cref="IngestException">The run cannot go on. What was committed stays.</exception>
    public async Task<IngestSummary> RunAsync(CancellationToken stopping)
    {
        var started = _time.GetTimestamp();
        // One worker's fault stops the others; the writes of what they have get a time of grace.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var abandon = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        using var grace = stop.Token.Register(() => abandon.CancelAfter(StopGrace));

        var sessions = await OpenSessionsAsync(stop.Token);
        try
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            var telling = StoppingAtFaultAsync(() => TellTotalAsync(sessions.Count, ended.Token), stop);
            try
            {
                await Task.WhenAll(sessions.Select(session => Task.Run(
                    () => StoppingAtFaultAsync(() => WorkAsync(session, stop.Token, abandon.Token), stop), CancellationToken.None)));
            }
            finally
            {
                await ended.CancelAsync();
                await telling;
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
            Processed = _progress.Processed,
            SetAside = _progress.SetAside,
            CutTexts = Interlocked.Read(ref _cutTexts),
            Interrupted = stopping.IsCancellationRequested,
            LimitReached = _quota.IsExhausted,
            Proof = finished ? await _run.FinishAsync(stopping) : null,
            Elapsed = _time.GetElapsedTime(started),
        };
    }

    private static async Task StoppingAtFaultAsync(Func<Task> work, CancellationTokenSource stop)
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

    /// <summary>Begins the report as soon as the total is known; what the workers did before is told then.</summary>
    private async Task TellTotalAsync(int workers, CancellationToken ended)
    {
        try
        {
            _progress.Started(workers, LimitedTo(await _run.CountPendingAsync(ended)));
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The workers were faster, and there was to do what they have done; or the run is to stop, and nobody will know.
            _progress.Started(workers, total: 0);
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
            _progress.Notice(
                $"Too many connections: the server accepted {sessions.Count} of {_options.Workers} workers. The run goes on with {sessions.Count}.");
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

    private async Task WorkAsync(IRowSession session, CancellationToken stopping, CancellationToken abandon)
    {
        try
        {
            do
            {
                await DrainAsync(session, stopping, abandon);
            }
            while (!stopping.IsCancellationRequested && !_quota.IsExhausted && await session.WaitForMoreAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop while waiting, or the grace ran out: what is not written stays pending.
        }
    }

    /// <summary>Reads, processes and writes windows, one of each at a time, until nothing can be claimed.</summary>
    private async Task DrainAsync(IRowSession session, CancellationToken stopping, CancellationToken abandon)
    {
        var window = await ReadAsync(session, stopping);
        ProcessedWindow? processed = null;
        while (window is not null || processed is not null)
        {
            var current = window;
            var processing = current is null ? null : Task.Run(() => ProcessAsync(current, stopping), CancellationToken.None);
            try
            {
                if (processed is not null)
                {
                    await WriteAsync(session, processed, stopping, abandon);
                }

                window = current is null ? null : await ReadAsync(session, stopping);
            }
            finally
            {
                // Awaited even when the write failed: the encoder may be disposed only after its last call.
                processed?.Dispose();
                processed = processing is null ? null : await processing;
            }
        }
    }

    private async ValueTask<RowWindow?> ReadAsync(IRowSession session, CancellationToken stopping)
    {
        var rows = stopping.IsCancellationRequested ? 0 : _quota.Take(_windowRows);
        if (rows == 0)
        {
            return null;
        }

        RowWindow? window = null;
        try
        {
            window = await session.ReadAsync(rows, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Nothing more is read; what is in flight goes on.
        }
        finally
        {
            _quota.GiveBack(rows - (window?.Count ?? 0));
        }

        Interlocked.Add(ref _cutTexts, window?.CutTexts ?? 0);

        return window;
    }

    private async Task<ProcessedWindow> ProcessAsync(RowWindow window, CancellationToken stopping)
    {
        var processed = new ProcessedWindow(window, _encoder?.Description.Dimension);
        if (_encoder is not null && _gate is not null)
        {
            await _encoder.EncodeAsync(window.Texts, processed.Vectors!, stopping);
            await Failpoint.ReachAsync("after_embed");
            processed.Check(_gate);
        }

        processed.Measure(_meter);
        return processed;
    }

    private async Task WriteAsync(
        IRowSession session, ProcessedWindow processed, CancellationToken stopping, CancellationToken abandon)
    {
        foreach (var batch in processed.Batches(_writeRows))
        {
            int written;
            try
            {
                written = await session.WriteAsync(batch, abandon);
            }
            catch (ClaimLostException lost)
            {
                _progress.Notice($"{lost.Message} The rows are left to the worker that has them now.");
                return;
            }

            _quota.GiveBack(batch.Rows.Count - written);
            _progress.Written(batch, written, _options.BatchSize);
            if (_progress.SetAside > _options.MaxFailures)
            {
                throw new IngestException(
                    IngestError.Data,
                    $"{_progress.SetAside} rows had to be set aside, more than {_options.MaxFailures}. See their reasons, or raise --max-failures; "
                    + "a rerun resumes.");
            }

            if (_options.Sleep > TimeSpan.Zero && !stopping.IsCancellationRequested)
            {
                await Task.Delay(_options.Sleep, _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
