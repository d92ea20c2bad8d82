using IngestEmbeddings.Events;

namespace IngestEmbeddings.CheckGpu;

/// <summary>Keeps what is said about smaller batches.</summary>
internal sealed class Listener(List<string> told) : IIngestObserver
{
    /// <inheritdoc/>
    public void Observe(IngestEvent ingestEvent)
    {
        if (ingestEvent is BatchSizeReduced reduced)
        {
            lock (told)
            {
                told.Add($"{reduced.Texts} texts of {reduced.SequenceLength} tokens: {reduced.Reason}");
            }
        }
    }
}
