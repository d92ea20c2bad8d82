using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Postgres.Catalog;

/// <summary>Where the metrics of a table's rows go: table, key columns, and one column for each metric.</summary>
internal sealed record MetricsLayout
{
    /// <summary>Why embeddings alone cannot be made again in a column.</summary>
    public const string NoTime =
        "With --metrics none nothing tells the rows that are done again from the others. Run init and then this without --metrics none.";

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

    /// <summary>
    /// The column with the hash of the text that the vector was made of; null where there is none. It belongs to the vectors of one
    /// column: others of the same table have their own.
    /// </summary>
    public CatalogColumn? TextHash { get; init; }

    /// <summary>The name that <see cref="TextHash"/> has, or would have.</summary>
    public required string TextHashName { get; init; }

    /// <summary>The metrics row <c>m</c> has been made: rows of which every value is NULL are yet to be done.</summary>
    public string HasValues =>
        $"({string.Join(" OR ", new[] { WordCount, Length, WordRatio, EntityCount, Frequency }.Select(static column => $"m.{column.Sql} IS NOT NULL"))})";

    /// <summary>True when the key is unique, so that ON CONFLICT can be used.</summary>
    public bool HasUniqueKey => Table.HasUnique(Key);

    /// <summary>True for embeddings alone: the table is an empty set of rows, which is read like any other and never written.</summary>
    public bool IsNone => Table.Oid == 0;

    /// <summary>What stands for the metrics of a table that has none.</summary>
    public static MetricsLayout None(IReadOnlyList<CatalogColumn> key)
    {
        List<CatalogColumn> keys = [.. key.Select((column, index) => column with { Name = $"k{index + 1}", Sql = $"k{index + 1}" })];
        var values = MetricsNames.Required.ToDictionary(
            static column => column,
            static column => new CatalogColumn(column.Name, column.Name, "pg_catalog.int4", "int4", Modifier: -1, NotNull: false, Generated: false));
        var columns = keys.Concat(values.Values).Select(static column => $"NULL::{column.Type} AS {column.Sql}");
        return new MetricsLayout
        {
            Table = new CatalogTable
            {
                Oid = 0, Schema = "", Name = "", SchemaSql = "", Columns = [], UniqueIndexes = [new UniqueIndex(IsPrimary: true, keys, IsImmediate: true)],
                Sql = $"(SELECT {string.Join(", ", columns)} WHERE false)",
            },
            Key = keys,
            WordRatio = values[MetricsNames.WordRatio],
            WordCount = values[MetricsNames.WordCount],
            Length = values[MetricsNames.Length],
            EntityCount = values[MetricsNames.EntityCount],
            Frequency = values[MetricsNames.Frequency],
            TextHashName = MetricsNames.TextHash.Name,
        };
    }

    /// <summary>The metrics that a table has no column for, each with the type that it is created with.</summary>
    public static IEnumerable<(string Name, string Type)> Missing(CatalogTable metrics) =>
        MetricsNames.Required.Where(column => Find(metrics, column.Names) is null).Select(column => (column.Name, Type(column)));

    /// <summary>The type that a metric's column is created with.</summary>
    public static string Type(MetricsColumn column) => column == MetricsNames.WordRatio ? "real" : "integer";

    /// <exception cref="IngestException">A column is missing.</exception>
    /// <summary>The name of the column with the hash of the text that vectors in a column were made of.</summary>
    /// <remarks>
    /// That of <c>embedding</c>, or of the only column with vectors, is <c>text_hash</c>: vectors of another column may be of
    /// an older text.
    /// </remarks>
    public static string HashName(CatalogTable table, string vector) =>
        vector == "embedding" || table.Columns.All(column => !column.IsVector || column.Name == vector)
            ? MetricsNames.TextHash.Name
            : $"{MetricsNames.TextHash.Name}_{vector}";

    public static MetricsLayout Of(
        TableRequest request, CatalogTable table, IReadOnlyList<CatalogColumn> key, CatalogTable metrics, string hashName)
    {
        if (Missing(metrics).ToList() is { Count: > 0 } missing)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"Table {metrics.FullName} has no column {string.Join(", ", missing.Select(column => column.Name))}.")
            {
                Suggestion = new Suggestion("To add what is missing", "init", request.Table),
            };
        }

        CatalogColumn Metric(MetricsColumn column) => Find(metrics, column.Names)!;
        return new MetricsLayout
        {
            Table = metrics,
            Key = FindKey(table, key, metrics),
            WordRatio = Metric(MetricsNames.WordRatio),
            WordCount = Metric(MetricsNames.WordCount),
            Length = Metric(MetricsNames.Length),
            EntityCount = Metric(MetricsNames.EntityCount),
            Frequency = Metric(MetricsNames.Frequency),
            UpdatedAt = Find(metrics, MetricsNames.UpdatedAt.Names),
            TextHash = metrics.Column(hashName) is { TypeName: "int8" } hash ? hash : null,
            TextHashName = hashName,
        };
    }

    private static CatalogColumn? Find(CatalogTable metrics, IReadOnlyList<string> names) =>
        names.Select(metrics.Column).FirstOrDefault(column => column is not null);

    private static IReadOnlyList<CatalogColumn> FindKey(
        CatalogTable table, IReadOnlyList<CatalogColumn> key, CatalogTable metrics)
    {
        if (key.Count == 1)
        {
            var names = MetricsNames.KeyNames(table.Name, key[0].Name);
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
