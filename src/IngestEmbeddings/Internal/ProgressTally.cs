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

    /// <summary>Counts what was committed together, and reports it by batches.</summary>
    /// <param name="batch">What was written.</param>
    /// <param name="written">How many of its rows were.</param>
    /// <param name="reportRows">The rows of a report.</param>
    public void Written(RowBatch batch, int written, int reportRows)
    {
        lock (_lock)
        {
            SetAside += batch.Failures.Count;
            var start = 0;
            do
            {
                var end = Math.Min(start + reportRows, batch.Metrics.Count);
                var metrics = new MetricTotals();
                for (var row = start; row < end; row++)
                {
                    metrics.Add(batch.Metrics[row]);
                }

                // Rows that were not written are not known one by one: the last report lacks them.
                var rows = Math.Clamp(written - start, 0, end - start);
                Processed += rows;
                // Rows that came while the run went on make the total grow; it never lags behind what is done.
                _total = Math.Max(_total, Processed);
                observer.BatchWritten(new BatchReport(rows, Processed, _total, metrics.Averages()));
                start = end;
            }
            while (start < batch.Metrics.Count);
        }
    }
}
