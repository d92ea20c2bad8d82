namespace IngestEmbeddings.Events;

/// <summary>Observes the events of runs, stores and models: for progress, a log, a live view, metrics.</summary>
/// <remarks>
/// Called from any thread; an <see cref="EventChannel"/> makes it one call at a time. An observer returns quickly, because
/// a worker waits for it, and throws nothing.
/// </remarks>
public interface IIngestObserver
{
    /// <summary>Takes one event. Events that mean nothing to the observer are ignored.</summary>
    void Observe(IngestEvent ingestEvent);
}
