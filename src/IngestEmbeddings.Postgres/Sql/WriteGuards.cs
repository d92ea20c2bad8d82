using IngestEmbeddings.Postgres.Catalog;

namespace IngestEmbeddings.Postgres.Sql;

/// <summary>The two conditions under which alone a batch may be written.</summary>
/// <remarks>
/// Tests switch one off to show what it is there for. No option or variable of the
/// program does.
/// </remarks>
internal sealed record WriteGuards
{
    /// <summary>Both guards are on.</summary>
    public static readonly WriteGuards All = new();

    /// <summary>False: a worker writes although another has taken its key range over.</summary>
    public bool Fence { get; init; } = true;

    /// <summary>False: a vector is written although the row has changed since it was read.</summary>
    public bool Source { get; init; } = true;

    /// <summary>The row <c>t</c> is still in the version that was read.</summary>
    public string Unchanged(string version) => Source ? $"t.xmin = {version}" : $"{version} IS NOT NULL";

    /// <summary>The row <c>t</c> still has the text that was read, whatever its version.</summary>
    public string HasText(string column, string text) =>
        Source ? $"{column}::text COLLATE \"C\" OPERATOR(pg_catalog.=) {text}" : $"{text} IS NOT NULL";

    /// <summary>The row <c>t</c> of a table is one of those that were read, still in its place and version.</summary>
    /// <remarks>
    /// The places are a subquery: a planner that knows their number costs each one and then reads the whole table. VACUUM FULL and
    /// CLUSTER keep versions and change places, but write another file.
    /// </remarks>
    public string Untouched(CatalogTable table, string places, string versions) => Source
        ? $"t.ctid = ANY((SELECT {places})::tid[]) AND t.xmin = ANY({versions}) AND pg_catalog.pg_relation_filenode({table.Oid}::pg_catalog.oid) = {table.FileNode}::pg_catalog.oid"
        : $"{places} IS NOT NULL AND {versions} IS NOT NULL";

    /// <summary>The row <c>t</c> is in one of the versions that were there when it was read.</summary>
    public string UnchangedSince(string versions) => Source ? $"t.xmin = ANY({versions})" : $"{versions} IS NOT NULL";
}
