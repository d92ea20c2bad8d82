using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;

namespace IngestEmbeddings.Rows;

/// <summary>
/// What is written in one transaction: the rows of a window, or some of them, with their vectors and metrics, and the rows set
/// aside.
/// </summary>
/// <remarks>Belongs to the sink until its write returns; the buffers behind it are reused afterwards.</remarks>
public sealed class RowBatch
{
    /// <summary>The window that the rows belong to.</summary>
    public required RowWindow Window { get; init; }

    /// <summary>The indexes, in the window and ascending, of the rows to write.</summary>
    public required IReadOnlyList<int> Rows { get; init; }

    /// <summary>The metrics of each of <see cref="Rows"/>, in their order.</summary>
    public required IReadOnlyList<TextMetrics> Metrics { get; init; }

    /// <summary>The vector of each of <see cref="Rows"/>, in their order; null when only metrics are written.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>>? Vectors { get; init; }

    /// <summary>Rows of the window that cannot be done, to be set aside in the same transaction.</summary>
    public IReadOnlyList<RowFailure> Failures { get; init; } = [];

    /// <summary>
    /// True on the last batch of a window of which every row was written or set aside: the store's cursor may move past it.
    /// </summary>
    public bool CompletesWindow { get; init; }
}
