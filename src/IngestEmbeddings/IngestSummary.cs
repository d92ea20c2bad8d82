using IngestEmbeddings.Stores;

namespace IngestEmbeddings;

/// <summary>How a run ended.</summary>
public sealed record IngestSummary
{
    /// <summary>Rows written by this process.</summary>
    public required long Written { get; init; }

    /// <summary>Rows that failed in this process.</summary>
    public required long Failed { get; init; }

    /// <summary>Texts of which only the beginning was read, because they are too long. Default 0.</summary>
    public long CutTexts { get; init; }

    /// <summary>True when the run was asked to stop before its end.</summary>
    public required bool Interrupted { get; init; }

    /// <summary>True when the run ended because its limit of rows was reached.</summary>
    public required bool LimitReached { get; init; }

    /// <summary>The store's own count at the end; null when the run stopped early or by its limit.</summary>
    public RunProof? Proof { get; init; }

    /// <summary>How long the run took, counting from the first claim.</summary>
    public required TimeSpan Elapsed { get; init; }
}
