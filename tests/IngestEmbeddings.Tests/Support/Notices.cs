using System.Collections.Concurrent;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Tests.Support;

/// <summary>Keeps the words of every event that a person would read.</summary>
internal sealed class Notices : IIngestObserver
{
    private readonly ConcurrentQueue<string> _texts = [];

    public IReadOnlyCollection<string> Texts => _texts;

    public void Observe(IngestEvent ingestEvent)
    {
        if (EventMessages.TextOf(ingestEvent) is { } text)
        {
            _texts.Enqueue(text);
        }
    }
}
