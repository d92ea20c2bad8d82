namespace IngestEmbeddings.Searching;

/// <summary>The rows that a query found, the best first.</summary>
/// <param name="Rows">The rows.</param>
public sealed record RowsFound(IReadOnlyList<FoundRow> Rows)
{
    /// <summary>The index over the vectors that was used, whose answer is approximate; null: every vector was compared.</summary>
    public string? Index { get; init; }

    /// <summary>The setting with which <see cref="Index"/> was searched, such as <c>hnsw.ef_search = 40</c>; null for none.</summary>
    public string? Setting { get; init; }
}

/// <summary>A row that was found.</summary>
/// <param name="Key">Its key as text, a value for each key column.</param>
/// <param name="Score">
/// How well it fits, more is better: the cosine, from -1 to 1; of bits, the share that agrees; of words, the store's own rank.
/// </param>
/// <param name="Text">Its text, as far as it is encoded.</param>
public sealed record FoundRow(IReadOnlyList<string> Key, double Score, string Text)
{
    /// <summary>The values of <see cref="RowQuery.Columns"/>, each as JSON.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>The key as messages show it: <c>42</c>, or <c>(7, a)</c> of several columns.</summary>
    public string ShownKey => Key.Count == 1 ? Key[0] : $"({string.Join(", ", Key)})";
}
