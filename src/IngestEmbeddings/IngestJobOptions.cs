using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings;

/// <summary>What an <see cref="IngestJob"/> is made of.</summary>
public sealed record IngestJobOptions
{
    /// <summary>Opens the store, given an observer for what it has to tell. The job disposes the store.</summary>
    public required Func<IIngestObserver, CancellationToken, Task<IStore>> OpenStore { get; init; }

    /// <summary>Which table, and which of its columns.</summary>
    public required TableRequest Table { get; init; }

    /// <summary>
    /// Loads the model, given an observer for what it has to tell; null for metrics alone. The job disposes the encoder. Default
    /// null.
    /// </summary>
    public Func<IIngestObserver, CancellationToken, Task<IEncoder>>? LoadEncoder { get; init; }

    /// <summary>
    /// Loads the model, given the table too, for a program that takes the model that made its vectors
    /// (<see cref="IIngestTable.ReadOriginsAsync"/>). Default null: <see cref="LoadEncoder"/>.
    /// </summary>
    public Func<IIngestTable, IIngestObserver, CancellationToken, Task<IEncoder>>? LoadEncoderOf { get; init; }

    /// <summary>Observe the store, the model and the runs, one event at a time. Default none.</summary>
    public IReadOnlyList<IIngestObserver> Observers { get; init; } = [];
}
