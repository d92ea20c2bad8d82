using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;

namespace IngestEmbeddings.Internal;

/// <summary>Counts what all workers have committed and tells the observer, one call at a time.</summary>
internal sealed class ProgressTally(IIngestObserver observer, long total)
{
    private readonly Lock _lock = new();
    private long _total = total;

    /// <summary>Rows written so far.</summary>
    public long Processed { get; private set; }

    /// <summary>Rows set aside so far.</summary>
    public long SetAside { get; private set; }

    public void Started(int workers)
    {
        lock (_lock)
        {
            observer.Started(workers, _total);
        }
    }

    public void Notice(string message)
    {
        lock (_lock)
        {
            observer.Notice(message);
        }
    }

    /// <summary>Counts a committed batch.</summary>
    public void Written(RowBatch batch, int written)
    {
        var metrics = new MetricTotals();
        foreach (var row in batch.Metrics)
        {
            metrics.Add(row);
        }

        lock (_lock)
        {
            Processed += written;
            SetAside += batch.Failures.Count;
            // Rows that came while the run went on make the total grow; it never lags behind what is done.
            _total = Math.Max(_total, Processed);
            observer.BatchWritten(new BatchReport(written, Processed, _total, metrics.Averages()));
        }
    }
}
