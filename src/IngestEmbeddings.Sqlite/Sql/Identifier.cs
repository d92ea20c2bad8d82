namespace IngestEmbeddings.Sqlite.Sql;

/// <summary>Names in statements.</summary>
internal static class Identifier
{
    /// <summary>A name of the catalog, as a quoted identifier.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
