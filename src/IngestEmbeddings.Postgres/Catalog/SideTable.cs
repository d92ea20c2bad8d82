namespace IngestEmbeddings.Postgres.Catalog;

/// <summary>
/// The separate table with the vectors, one row for each row with a text and each model: <c>&lt;table&gt;_embeddings</c>.
/// </summary>
internal sealed record SideTable
{
    public required CatalogTable Table { get; init; }

    /// <summary>The key columns, in the order of the key of the table with the texts.</summary>
    public required IReadOnlyList<CatalogColumn> Key { get; init; }

    public required CatalogColumn Vector { get; init; }

    public required CatalogColumn Model { get; init; }

    /// <summary>The hash of the text that the vector belongs to: where it differs from the text's own, the vector is stale.</summary>
    public required CatalogColumn TextHash { get; init; }

    public required CatalogColumn UpdatedAt { get; init; }

    /// <summary>The name of the separate table of a table.</summary>
    public static string TableName(string table) => table + "_embeddings";

    /// <summary>Reads a table of that name; null where it is not such a table.</summary>
    public static SideTable? TryOf(CatalogTable table, IReadOnlyList<CatalogColumn> key)
    {
        var keys = key.Select(column => table.Column(column.Name)).ToList();
        return keys.TrueForAll(column => column is not null)
            && table.Column("model") is { } model
            && table.Column("text_hash") is { TypeName: "int8" } hash
            && table.Column("embedding") is { } vector
            && table.Column("updated_at") is { } updatedAt
            && table.HasUnique([.. keys.OfType<CatalogColumn>(), model])
                ? new SideTable
                {
                    Table = table, Key = [.. keys.OfType<CatalogColumn>()], Vector = vector, Model = model, TextHash = hash, UpdatedAt = updatedAt,
                }
                : null;
    }
}
