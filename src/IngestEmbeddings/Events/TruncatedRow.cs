namespace IngestEmbeddings.Events;

/// <summary>A row whose text has more tokens than the model takes.</summary>
/// <param name="Key">The key, as messages show it.</param>
/// <param name="LostTokens">The tokens that are not in its vector.</param>
public readonly record struct TruncatedRow(string Key, int LostTokens)
{
    /// <summary>How many rows are named: <see cref="Most"/>.</summary>
    public const int MaxNamed = 10;

    /// <summary>The rows that lost the most tokens, the worst first, each once.</summary>
    /// <param name="rows">The rows; of one that is there twice, the worst counts.</param>
    public static IReadOnlyList<TruncatedRow> Most(IEnumerable<TruncatedRow> rows) =>
        [.. rows.OrderByDescending(static row => row.LostTokens).DistinctBy(static row => row.Key).Take(MaxNamed)];
}
