namespace IngestEmbeddings.Searching;

/// <summary>Makes one ranking of several by reciprocal rank fusion: a row scores 1 ÷ (60 + its rank) in each ranking that has it.</summary>
/// <remarks>
/// Source: Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods" (2009),
/// which also gives the 60.
/// </remarks>
public static class RankFusion
{
    /// <summary>The rows of each ranking that are worth fusing for a number of results.</summary>
    public static int Depth(int top) => Math.Max(50, checked(5 * top));

    /// <summary>Fuses rankings.</summary>
    /// <param name="rankings">The rankings, each with its best row first.</param>
    /// <param name="top">The maximum rows of the result, at least 1.</param>
    /// <returns>The rows with their fused scores; equal scores in the order of the first ranking.</returns>
    public static IReadOnlyList<FoundRow> Fuse(IReadOnlyList<IReadOnlyList<FoundRow>> rankings, int top)
    {
        ArgumentNullException.ThrowIfNull(rankings);
        const double Offset = 60;
        var fused = new OrderedDictionary<string, FoundRow>(StringComparer.Ordinal);
        foreach (var ranking in rankings)
        {
            for (var rank = 1; rank <= ranking.Count; rank++)
            {
                var row = ranking[rank - 1];
                // A key may hold any character; its length tells where it ends.
                var id = string.Concat(row.Key.Select(static part => $"{part.Length}:{part}"));
                var score = 1 / (Offset + rank);
                fused[id] = fused.TryGetValue(id, out var known) ? known with { Score = known.Score + score } : row with { Score = score };
            }
        }

        return [.. fused.Values.OrderByDescending(static row => row.Score).Take(top)];
    }
}
