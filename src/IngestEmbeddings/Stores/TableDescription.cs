using IngestEmbeddings.Events;

namespace IngestEmbeddings.Stores;

/// <summary>A table as the catalog has it.</summary>
public sealed record TableDescription
{
    /// <summary>The name with its schema, as shown to the user.</summary>
    public required string Name { get; init; }

    /// <summary>The key columns, in key order.</summary>
    public required IReadOnlyList<string> KeyColumns { get; init; }

    /// <summary>The column with the text.</summary>
    public required string TextColumn { get; init; }

    /// <summary>The column with the vectors: <c>embedding</c>, or <c>sentences_embeddings.embedding</c> in side-table mode.</summary>
    public required string EmbeddingColumn { get; init; }

    /// <summary>The type of the vectors as the database spells it, such as <c>vector(384)</c>.</summary>
    public required string VectorType { get; init; }

    /// <summary>The dimension of the vectors; null when the column takes any.</summary>
    public int? Dimension { get; init; }

    /// <summary>The metrics table with its schema; null for embeddings alone.</summary>
    public required string? MetricsTable { get; init; }

    /// <summary>Why a changed text is not noticed, and what changes that; null where it is noticed.</summary>
    public ChangesUnnoticed? ChangesUnnoticed { get; init; }

    /// <summary>True where vectors of several models lie next to each other, each under its name. Default false.</summary>
    public bool KeepsModelsApart { get; init; }

    /// <summary>The columns that name the document of a chunk; none where the table is none of chunks. Default none.</summary>
    public IReadOnlyList<string> DocumentColumns { get; init; } = [];
}
