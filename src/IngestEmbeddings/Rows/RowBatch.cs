using IngestEmbeddings.Metrics;

namespace IngestEmbeddings.Rows;

/// <summary>
/// What is written in one transaction: the rows of a window, or some of them, with their vectors and metrics, and the failed
/// rows.
/// </summary>
/// <remarks>Belongs to the session until its write returns; its buffers are reused afterwards.</remarks>
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

    /// <summary>The failed rows of the window, recorded in the same transaction.</summary>
    public IReadOnlyList<RowFailure> Failures { get; init; } = [];

    /// <summary>
    /// True on the last batch of a window of which every row was written or has failed: the store may advance its cursor past it.
    /// </summary>
    public bool CompletesWindow { get; init; }
}
