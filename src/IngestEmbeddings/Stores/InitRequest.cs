namespace IngestEmbeddings.Stores;

/// <summary>What <c>init</c> is to make sure of.</summary>
public sealed record InitRequest
{
    /// <summary>The table and its columns; columns not named get the store's usual names.</summary>
    public required TableRequest Table { get; init; }

    /// <summary>The dimension of the vectors, for a place that has to be created. Default 384.</summary>
    public int Dimension { get; init; } = 384;
}

/// <summary>What <c>init</c> found and did.</summary>
/// <param name="Table">The table as it is now.</param>
/// <param name="Created">Each thing created, one line each; empty when all was there.</param>
public sealed record InitReport(TableDescription Table, IReadOnlyList<string> Created);
