using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;

namespace IngestEmbeddings.Internal;

/// <summary>Counts what all workers have committed, and reports it batch by batch.</summary>
/// <remarks>
/// Reports made before the total is known are kept until then, about a hundred bytes each: a few thousand for each second
/// that the count takes.
/// </remarks>
internal sealed class ProgressTally(IIngestObserver observer)
{
    private readonly Lock _lock = new();
    private List<BatchWritten>? _early = [];
    private long _total;

    /// <summary>Rows written so far.</summary>
    public long Written { get; private set; }

    /// <summary>Rows failed so far.</summary>
    public long Failed { get; private set; }

    /// <summary>Starts the report.</summary>
    /// <param name="workers">The workers of this process.</param>
    /// <param name="total">Rows to do; at least what is done already.</param>
    public void Start(int workers, long total)
    {
        lock (_lock)
        {
            _total = Math.Max(total, Written + Failed);
            observer.Observe(new RunStarted(workers, _total));
            foreach (var report in _early ?? [])
            {
                observer.Observe(report with { Total = _total });
            }

            _early = null;
        }
    }

    /// <summary>Counts what was committed together, and reports it by batches.</summary>
    /// <param name="worker">The worker that wrote it.</param>
    /// <param name="batch">What was written.</param>
    /// <param name="result">What became of its rows.</param>
    /// <param name="reportRows">The rows of a report.</param>
    public void Add(int worker, RowBatch batch, WriteResult result, int reportRows)
    {
        lock (_lock)
        {
            foreach (var failure in batch.Failures.Concat(result.Refused))
            {
                Failed++;
                observer.Observe(new RowFailed(worker, batch.Window.DescribeKey(failure.Row), failure.Stage, failure.Reason));
            }

            var start = 0;
            do
            {
                var end = Math.Min(start + reportRows, batch.Metrics.Count);
                var metrics = new MetricTotals();
                for (var row = start; row < end; row++)
                {
                    metrics.Add(batch.Metrics[row]);
                }

                // Which rows were not written is not known; the last report lacks them.
                var rows = Math.Clamp(result.Written - start, 0, end - start);
                Written += rows;
                // Rows that arrive during the run make the total grow; it is never less than what is done.
                _total = Math.Max(_total, Written);
                Report(new BatchWritten(worker, rows, Written, _total, metrics.Averages()));
                start = end;
            }
            while (start < batch.Metrics.Count);
        }
    }

    private void Report(BatchWritten report)
    {
        if (_early is null)
        {
            observer.Observe(report);
        }
        else
        {
            _early.Add(report);
        }
    }
}
