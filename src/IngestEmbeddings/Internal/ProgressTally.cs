using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;

namespace IngestEmbeddings.Internal;

/// <summary>Counts what all workers have committed and tells the observer, one call at a time.</summary>
/// <remarks>
/// Reports that come before the total is known are kept until then, about a hundred bytes each: at their fastest, some thousands in the
/// second or so before the count, and as many again in each that it takes.
/// </remarks>
internal sealed class ProgressTally(IIngestObserver observer)
{
    private readonly Lock _lock = new();
    private List<BatchReport>? _early = [];
    private long _total;

    /// <summary>Rows written so far.</summary>
    public long Processed { get; private set; }

    /// <summary>Rows set aside so far.</summary>
    public long SetAside { get; private set; }

    /// <summary>Begins the report.</summary>
    /// <param name="workers">The workers of this process.</param>
    /// <param name="total">Rows to do; what is done already counts for at least as many.</param>
    public void Started(int workers, long total)
    {
        lock (_lock)
        {
            _total = Math.Max(total, Processed + SetAside);
            observer.Started(workers, _total);
            foreach (var report in _early ?? [])
            {
                observer.BatchWritten(report with { Total = _total });
            }

            _early = null;
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
                Tell(new BatchReport(rows, Processed, _total, metrics.Averages()));
                start = end;
            }
            while (start < batch.Metrics.Count);
        }
    }

    private void Tell(BatchReport report)
    {
        if (_early is null)
        {
            observer.BatchWritten(report);
        }
        else
        {
            _early.Add(report);
        }
    }
}
