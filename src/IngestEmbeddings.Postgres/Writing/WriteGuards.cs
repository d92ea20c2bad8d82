using IngestEmbeddings.Postgres.Catalog;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>The two conditions under which alone a batch may be written.</summary>
/// <remarks>
/// Both can be switched off, so that the tests can show what each is there for. Nothing but the tests can do that: no option
/// and no variable reaches these switches.
/// </remarks>
internal static class WriteGuards
{
    /// <summary>False: a worker writes although another has taken its chunk.</summary>
    public static bool Fence { get; set; } = true;

    /// <summary>False: a vector is written although the row has changed since it was read.</summary>
    public static bool Source { get; set; } = true;

    /// <summary>The chunk is still claimed by the writer.</summary>
    public static string Held(string nonce, string fence) =>
        Fence ? $"nonce = {nonce} AND fence = {fence} AND state = 1" : $"{nonce}::uuid IS NOT NULL AND {fence}::bigint IS NOT NULL";

    /// <summary>The row <c>t</c> is still in the version that was read.</summary>
    public static string Unchanged(string version) => Source ? $"t.xmin = {version}" : $"{version} IS NOT NULL";

    /// <summary>The row <c>t</c> of a table is one of those that were read, still in its place and version.</summary>
    /// <remarks>
    /// The places are a subquery, so that the plan does not know how many they are: knowing, it would take a while to weigh each, and
    /// then pass over the whole table. VACUUM FULL and CLUSTER move rows and keep their versions, but into another file.
    /// </remarks>
    public static string Untouched(CatalogTable table, string places, string versions) => Source
        ? $"t.ctid = ANY((SELECT {places})::tid[]) AND t.xmin = ANY({versions}) AND pg_relation_filenode({table.Oid}) = {table.FileNode}"
        : $"{places} IS NOT NULL AND {versions} IS NOT NULL";

    /// <summary>The row <c>t</c> is in one of the versions that were there when it was read.</summary>
    public static string UnchangedSince(string versions) => Source ? $"t.xmin = ANY({versions})" : $"{versions} IS NOT NULL";
}
