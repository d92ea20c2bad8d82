using System.Diagnostics;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;

namespace IngestEmbeddings.Cli.Benching;

/// <summary>Tries one combination after the other.</summary>
/// <param name="subject">What on.</param>
/// <param name="meter">Makes the metrics.</param>
/// <param name="time">The clock.</param>
internal sealed class BenchTrial(IBenchSubject subject, TextMeter meter, TimeProvider time)
{
    /// <summary>Runs a combination for some time: once, or again and again where the rows are done before.</summary>
    /// <returns>What it did. The time in which a run is prepared does not count.</returns>
    public async Task<BenchResult> RunAsync(
        IEncoder? encoder, int workers, int batchSize, TimeSpan duration, CancellationToken cancellationToken)
    {
        var ingest = new IngestOptions { Workers = workers, BatchSize = batchSize, Clock = time };
        var (rows, elapsed, busy, inStore) = (0L, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        while (elapsed < duration)
        {
            await using var run = await subject.StartAsync(encoder, ingest, cancellationToken);
            var timed = new TimedRun(run, time, cancellationToken);
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var before = ProcessorTime();
            var pipeline = new IngestPipeline(timed, encoder, meter, ingest, new Stopwatch(stopping, duration - elapsed));
            var summary = await pipeline.RunAsync(stopping.Token);
            cancellationToken.ThrowIfCancellationRequested();
            rows += summary.Written;
            elapsed += summary.Elapsed;
            busy += ProcessorTime() - before;
            inStore += timed.InStore;
            if (rows == 0)
            {
                // The time was too short for a single batch, or no row can be done.
                duration = summary.Interrupted ? elapsed + (2 * duration) : throw new IngestException(
                    IngestError.Data, "Every row of the sample failed. A run lists the reasons.");
            }
        }

        return new BenchResult(
            workers,
            batchSize,
            rows / elapsed.TotalSeconds,
            busy / (elapsed * Environment.ProcessorCount),
            subject.Writes ? inStore / (elapsed * workers) : null);
    }

    private static TimeSpan ProcessorTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    /// <summary>Says nothing, and ends the run some time after its workers have begun.</summary>
    private sealed class Stopwatch(CancellationTokenSource stopping, TimeSpan after) : IIngestObserver
    {
        public void Observe(IngestEvent ingestEvent)
        {
            if (ingestEvent is RunStarted)
            {
                stopping.CancelAfter(after);
            }
        }
    }
}
