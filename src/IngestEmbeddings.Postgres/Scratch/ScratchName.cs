namespace IngestEmbeddings.Postgres.Scratch;

/// <summary>The names of the tables of one copy: letters, digits and underscores, so that none needs quoting.</summary>
/// <param name="Table">The bare name of the copy itself.</param>
internal sealed record ScratchName(string Table)
{
    /// <summary>A regular expression, of the server's, for the bare name of any copy.</summary>
    public const string Pattern = "^scratch_[0-9a-f]{32}$";

    /// <summary>The schema of all copies.</summary>
    public const string Schema = "ingest_embeddings";

    /// <summary>The copy itself, for a statement.</summary>
    public string Sql => $"{Schema}.{Table}";

    /// <summary>The bare name of the copy of the metrics table.</summary>
    public string Metrics => $"{Table}_metrics";

    /// <summary>The bare name of the copy of the separate table of vectors, where there is one.</summary>
    public string Embeddings => $"{Table}_embeddings";

    /// <summary>The number of the advisory lock, as an expression of SQL.</summary>
    public string LockSql => $"hashtextextended('{Sql}', 0)";

    /// <summary>A name that is not in use.</summary>
    public static ScratchName New() => new($"scratch_{Guid.NewGuid():N}");
}
