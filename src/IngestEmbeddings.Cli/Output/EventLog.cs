using IngestEmbeddings.Events;
using Microsoft.Extensions.Logging;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Logs the events of a run that are too many for messages.</summary>
/// <param name="logger">Where they go.</param>
internal sealed class EventLog(ILogger logger) : IIngestObserver
{
    /// <inheritdoc/>
    public void Observe(IngestEvent ingestEvent)
    {
        switch (ingestEvent)
        {
            case RunStarted started:
                logger.RunStarted(started.Workers, started.Total);
                break;
            case WorkerStarted started:
                logger.WorkerStarted(started.Worker);
                break;
            case WorkerEnded ended:
                logger.WorkerEnded(ended.Worker, ended.Written);
                break;
            case LeaseLost lost:
                logger.LeaseLost(lost.Worker, lost.Reason);
                break;
            case WindowRead read:
                logger.WindowRead(read.Worker, read.Rows, read.FirstKey, read.LastKey);
                break;
            case BatchWritten batch:
                logger.BatchWritten(batch.Worker, batch.Rows);
                break;
            case RowFailed failed:
                logger.RowFailed(failed.Key, failed.Stage, failed.Reason);
                break;
        }
    }
}
