namespace IngestEmbeddings.Tests.Pipeline;

/// <summary>Keeps what a pipeline reported.</summary>
internal sealed class RecordingObserver : IIngestObserver
{
    public int Workers { get; private set; }

    public long Total { get; private set; }

    public List<BatchReport> Batches { get; } = [];

    public List<string> Notices { get; } = [];

    /// <summary>Batches told before the start was: there should be none.</summary>
    public int BatchesBeforeStart { get; private set; }

    public void Started(int workers, long total) => (Workers, Total, BatchesBeforeStart) = (workers, total, Batches.Count);

    public void BatchWritten(BatchReport report) => Batches.Add(report);

    public void Notice(string message) => Notices.Add(message);
}
