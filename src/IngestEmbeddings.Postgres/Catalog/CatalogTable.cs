namespace IngestEmbeddings.Postgres.Catalog;

/// <summary>A table as the catalog has it: names quoted by the server, columns, unique keys.</summary>
internal sealed record CatalogTable
{
    public required uint Oid { get; init; }

    public required string Schema { get; init; }

    public required string Name { get; init; }

    /// <summary>Schema and name, quoted by the server for use in a statement.</summary>
    public required string Sql { get; init; }

    /// <summary>The schema alone, quoted.</summary>
    public required string SchemaSql { get; init; }

    /// <summary>True when the rows lie in several tables, so that a place (<c>ctid</c>) does not tell one row.</summary>
    public bool HasParts { get; init; }

    /// <summary>The file that the rows lie in: another one once the table was rewritten, and every row has another place.</summary>
    public uint FileNode { get; init; }

    /// <summary>True when a trigger runs before each update of a row, and may change what is stored.</summary>
    public bool HasRowTriggers { get; init; }

    /// <summary>True for a partitioned table, whose indexes are built partition by partition.</summary>
    public bool IsPartitioned { get; init; }

    public required IReadOnlyList<CatalogColumn> Columns { get; init; }

    public required IReadOnlyList<UniqueIndex> UniqueIndexes { get; init; }

    /// <summary>Schema and name, as shown to the user.</summary>
    public string FullName => $"{Schema}.{Name}";

    public IReadOnlyList<CatalogColumn>? PrimaryKey => UniqueIndexes.FirstOrDefault(index => index is { IsPrimary: true, IsImmediate: true })?.Columns;

    /// <summary>The primary key that is checked only at the end of a statement or transaction; null where there is none.</summary>
    public IReadOnlyList<CatalogColumn>? DeferrableKey => UniqueIndexes.FirstOrDefault(index => index is { IsPrimary: true, IsImmediate: false })?.Columns;

    public CatalogColumn? Column(string name) => Columns.FirstOrDefault(column => column.Name == name);

    /// <summary>True when a unique index over exactly these columns can serve as the arbiter of ON CONFLICT.</summary>
    public bool HasUnique(IReadOnlyList<CatalogColumn> columns) => UniqueIndexes.Any(index =>
        index.IsImmediate && index.Columns.Count == columns.Count && index.Columns.All(columns.Contains));
}

/// <summary>A unique index without condition, whose columns are plain.</summary>
/// <param name="IsPrimary">True for the primary key.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="IsImmediate">False where the constraint is deferrable: ON CONFLICT cannot use it.</param>
internal sealed record UniqueIndex(bool IsPrimary, IReadOnlyList<CatalogColumn> Columns, bool IsImmediate);
