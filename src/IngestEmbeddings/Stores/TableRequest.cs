namespace IngestEmbeddings.Stores;

/// <summary>Which table, and which of its columns where the catalog alone does not tell.</summary>
public sealed record TableRequest
{
    /// <summary>The name of the table, as the catalog spells it; quoting is the store's affair.</summary>
    public required string Table { get; init; }

    /// <summary>The schema; null: the only one that has such a table.</summary>
    public string? Schema { get; init; }

    /// <summary>The key column; null: the primary key.</summary>
    public string? IdColumn { get; init; }

    /// <summary>The text column; null: found.</summary>
    public string? TextColumn { get; init; }

    /// <summary>The vector column; null: found.</summary>
    public string? EmbeddingColumn { get; init; }

    /// <summary>True: embeddings alone; a metrics table is neither needed nor read nor written. Default false.</summary>
    public bool WithoutMetrics { get; init; }
}
