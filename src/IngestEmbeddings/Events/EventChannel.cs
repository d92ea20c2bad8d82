namespace IngestEmbeddings.Events;

/// <summary>Passes each event to several observers, in their order and one event at a time. Safe for use by several threads.</summary>
/// <param name="observers">The observers.</param>
public sealed class EventChannel(params IReadOnlyList<IIngestObserver> observers) : IIngestObserver
{
    /// <summary>A channel without observers.</summary>
    public static readonly EventChannel None = new();

    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public void Observe(IngestEvent ingestEvent)
    {
        lock (_lock)
        {
            foreach (var observer in observers)
            {
                observer.Observe(ingestEvent);
            }
        }
    }
}
