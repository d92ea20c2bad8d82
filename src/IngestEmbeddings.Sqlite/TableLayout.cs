using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>A table with the columns that matter, all names as the catalog spells them.</summary>
internal sealed record TableLayout(string Table, IReadOnlyList<Column> Key, string Text, string Embedding, MetricsLayout Metrics)
{
    public TableDescription Describe(SqliteConnection connection) => new()
    {
        Name = Table,
        KeyColumns = [.. Key.Select(column => column.Name)],
        TextColumn = Text,
        EmbeddingColumn = Embedding,
        VectorType = "BLOB",
        Dimension = VectorSpace.Dimension(connection, Table, Embedding),
        MetricsTable = Metrics.Table,
    };
}

/// <summary>A metrics table.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Key">The columns that hold the key of the row, in key order.</param>
/// <param name="WordRatio">The column of the word ratio.</param>
/// <param name="UpdatedAt">The column of the time of the write; null when there is none.</param>
internal sealed record MetricsLayout(string Table, IReadOnlyList<string> Key, string WordRatio, string? UpdatedAt);
