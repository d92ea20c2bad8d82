using IngestEmbeddings.Events;

namespace IngestEmbeddings.Tests.Pipeline;

/// <summary>Keeps what a pipeline reported.</summary>
internal sealed class RecordingObserver : IIngestObserver
{
    private readonly Lock _lock = new();

    public int Workers { get; private set; }

    public long Total { get; private set; }

    public List<BatchWritten> Batches { get; } = [];

    /// <summary>Everything that was observed, in its order.</summary>
    public List<IngestEvent> Events { get; } = [];

    /// <summary>Batches reported before the start was: there should be none.</summary>
    public int BatchesBeforeStart { get; private set; }

    public void Observe(IngestEvent ingestEvent)
    {
        lock (_lock)
        {
            Events.Add(ingestEvent);
            switch (ingestEvent)
            {
                case RunStarted started:
                    (Workers, Total, BatchesBeforeStart) = (started.Workers, started.Total, Batches.Count);
                    break;
                case BatchWritten batch:
                    Batches.Add(batch);
                    break;
            }
        }
    }
}
