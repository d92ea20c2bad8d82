namespace IngestEmbeddings.Cli.Output;

/// <summary>Shows a run as one line a batch.</summary>
/// <param name="messages">Where the lines go.</param>
/// <param name="showsBatches">False for <c>--progress none</c>.</param>
internal sealed class PlainProgress(Messages messages, bool showsBatches) : IIngestObserver
{
    /// <summary>Rows to do, the limit counted in; 0 before the start.</summary>
    public long Total { get; private set; }

    public void Started(int workers, long total)
    {
        Total = total;
        if (showsBatches && workers > 1)
        {
            messages.Line(ProgressLine.Parallel(workers));
        }
    }

    public void BatchWritten(BatchReport report)
    {
        if (showsBatches)
        {
            messages.Line(ProgressLine.Batch(report));
        }
    }

    public void Notice(string message) => messages.Notice(message);
}
