namespace IngestEmbeddings.Postgres.Sql;

/// <summary>Quotes names that did not come quoted from the server.</summary>
internal static class Identifier
{
    /// <summary>A name as an identifier of SQL: always quoted, so that no name is a keyword or changes case.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
