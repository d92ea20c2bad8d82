using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Postgres.Catalog;

/// <summary>Where the metrics of a table's rows go: table, key columns, and one column for each metric.</summary>
internal sealed record MetricsLayout
{
    /// <summary>The metrics in the order of the statements, with the names that each may go by and the type it is created with.</summary>
    public static readonly IReadOnlyList<(string[] Names, string Type)> Metrics =
    [
        (["word_ratio", "hawaiian_word_ratio"], "real"),
        (["word_count"], "integer"),
        (["length"], "integer"),
        (["entity_count"], "integer"),
        (["frequency"], "integer"),
    ];

    public required CatalogTable Table { get; init; }

    /// <summary>The key columns, in the order of the key of the table with the texts.</summary>
    public required IReadOnlyList<CatalogColumn> Key { get; init; }

    public required CatalogColumn WordRatio { get; init; }

    public required CatalogColumn WordCount { get; init; }

    public required CatalogColumn Length { get; init; }

    public required CatalogColumn EntityCount { get; init; }

    public required CatalogColumn Frequency { get; init; }

    /// <summary>When the row was written; null where the table keeps no such time.</summary>
    public CatalogColumn? UpdatedAt { get; init; }

    /// <summary>True when the key is unique, so that ON CONFLICT can be used.</summary>
    public bool HasUniqueKey => Table.HasUnique(Key);

    /// <summary>The name of the metrics table of a table.</summary>
    public static string TableName(string table) => table switch
    {
        "sentences" => "sentence_metrics",
        "documents" => "document_metrics",
        _ => table + "_metrics",
    };

    /// <summary>The names that a single key column goes by in the metrics table when it is created.</summary>
    public static string KeyName(string table, CatalogColumn key) => table switch
    {
        "sentences" => "sentenceid",
        "documents" => "documentid",
        _ => key.Name,
    };

    /// <summary>The metrics that a table has no column for.</summary>
    public static IEnumerable<(string Name, string Type)> Missing(CatalogTable metrics) =>
        Metrics.Where(metric => Find(metrics, metric.Names) is null).Select(metric => (metric.Names[0], metric.Type));

    /// <exception cref="IngestException">A column is missing.</exception>
    public static MetricsLayout Of(CatalogTable table, IReadOnlyList<CatalogColumn> key, CatalogTable metrics)
    {
        if (Missing(metrics).ToList() is { Count: > 0 } missing)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"Table {metrics.FullName} has no column {string.Join(", ", missing.Select(column => column.Name))}. " +
                $"To add what is missing: ingest-embeddings init {table.Name}");
        }

        CatalogColumn Metric(int index) => Find(metrics, Metrics[index].Names)!;
        return new MetricsLayout
        {
            Table = metrics,
            Key = FindKey(table, key, metrics),
            WordRatio = Metric(0),
            WordCount = Metric(1),
            Length = Metric(2),
            EntityCount = Metric(3),
            Frequency = Metric(4),
            UpdatedAt = metrics.Column("updated_at"),
        };
    }

    private static CatalogColumn? Find(CatalogTable metrics, string[] names) =>
        names.Select(metrics.Column).FirstOrDefault(column => column is not null);

    private static IReadOnlyList<CatalogColumn> FindKey(
        CatalogTable table, IReadOnlyList<CatalogColumn> key, CatalogTable metrics)
    {
        if (key.Count == 1)
        {
            var singular = table.Name.TrimEnd('s');
            string[] names = [KeyName(table.Name, key[0]), key[0].Name, singular + "id", singular + "_id"];
            var column = Find(metrics, names) ?? (metrics.PrimaryKey is [var only] ? only : null);
            return column is not null ? [column] : throw Lacks(table, metrics, names[0]);
        }

        return [.. key.Select(column => metrics.Column(column.Name) ?? throw Lacks(table, metrics, column.Name))];
    }

    private static IngestException Lacks(CatalogTable table, CatalogTable metrics, string column) => new(
        IngestError.Configuration,
        $"Table {metrics.FullName} has no column {column}, which would hold the key of {table.FullName}. " +
        "Add it, or rename the table and let ingest-embeddings init create another.");
}
