using IngestEmbeddings.Events;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Shows a run as one line a batch.</summary>
/// <param name="messages">Where the lines go.</param>
/// <param name="showsBatches">False for <c>--progress none</c>.</param>
internal sealed class PlainProgress(Messages messages, bool showsBatches) : IIngestObserver
{
    /// <inheritdoc/>
    public void Observe(IngestEvent ingestEvent)
    {
        switch (ingestEvent)
        {
            case RunStarted { Workers: > 1 } started when showsBatches:
                messages.Line(ProgressLine.Parallel(started.Workers));
                break;
            case BatchWritten batch when showsBatches:
                messages.Line(ProgressLine.Batch(batch));
                break;
        }
    }
}
