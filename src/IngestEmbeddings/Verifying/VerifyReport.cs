namespace IngestEmbeddings.Verifying;

/// <summary>What a check of a table found.</summary>
public sealed record VerifyReport
{
    /// <summary>Rows with text, which should have a vector.</summary>
    public required long Candidates { get; init; }

    /// <summary>Rows with a vector.</summary>
    public required long Vectors { get; init; }

    /// <summary>Failed rows, which are listed with their reasons and not missing.</summary>
    public required long Failed { get; init; }

    /// <summary>Rows that were encoded again and compared.</summary>
    public required int Encoded { get; init; }

    /// <summary>The index over the vectors and how much it finds; null where there is none.</summary>
    public IndexRecall? Recall { get; init; }

    /// <summary>What is wrong; empty for nothing.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }
}

/// <summary>How much of the ten nearest rows an index finds.</summary>
/// <param name="Index">The index.</param>
/// <param name="Queries">The rows whose neighbours were looked for.</param>
/// <param name="Recall">The share of the ten nearest that was found, 0 to 1.</param>
/// <param name="Setting">The setting with which it was.</param>
/// <param name="Enough">The setting with which 95 % are found; null where none was enough.</param>
public sealed record IndexRecall(string Index, int Queries, double Recall, string Setting, string? Enough);
