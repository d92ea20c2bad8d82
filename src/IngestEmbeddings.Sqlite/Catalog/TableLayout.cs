using IngestEmbeddings.Events;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Sqlite.Catalog;

/// <summary>A table and the columns that a run uses, all names as the catalog spells them.</summary>
internal sealed record TableLayout(string Table, IReadOnlyList<Column> Key, string Text, string Embedding, MetricsLayout Metrics)
{
    /// <summary>Why a changed text is not noticed; null where it is.</summary>
    public ChangesUnnoticed? ChangesUnnoticed { get; init; }

    /// <summary>The table as it is shown.</summary>
    /// <param name="dimension">The dimension of its vectors; null when it is not known.</param>
    public TableDescription Describe(int? dimension) => new()
    {
        Name = Table,
        KeyColumns = [.. Key.Select(column => column.Name)],
        TextColumn = Text,
        EmbeddingColumn = Embedding,
        VectorType = "BLOB",
        Dimension = dimension,
        MetricsTable = Metrics.IsNone ? null : Metrics.Table,
        ChangesUnnoticed = ChangesUnnoticed,
    };
}
