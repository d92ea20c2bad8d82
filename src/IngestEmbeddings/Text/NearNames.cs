namespace IngestEmbeddings.Text;

/// <summary>Finds the names of tables, columns or options that a misspelt name may mean.</summary>
public static class NearNames
{
    private const int MaxShown = 3;

    // A shorter piece of a name is in too many of them.
    private const int MinContained = 3;

    /// <summary>Names that are near, without regard to case: those within a third of the letters, or two, and those that contain it.</summary>
    /// <param name="wanted">The name as it was written.</param>
    /// <param name="names">The names there are.</param>
    /// <returns>At most three of the names, the nearest first; equally near ones in the order of their code units.</returns>
    public static IReadOnlyList<string> Of(string wanted, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(names);
        var max = Math.Max(2, wanted.Length / 3);
        return
        [
            .. names.Distinct(StringComparer.Ordinal)
                .Select(name => (Name: name, Edits: Edits(wanted.ToUpperInvariant(), name.ToUpperInvariant())))
                .Where(near => near.Edits <= max || Contains(near.Name, wanted))
                .OrderBy(near => near.Edits)
                .ThenBy(near => near.Name, StringComparer.Ordinal)
                .Take(MaxShown)
                .Select(near => near.Name),
        ];
    }

    /// <summary>
    /// Edits between two words: insertions, deletions, replacements, and swaps of neighbours (the optimal string alignment
    /// distance). Costs the product of the lengths.
    /// </summary>
    internal static int Edits(string from, string to)
    {
        var edits = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            edits[i, 0] = i;
        }

        for (var j = 0; j <= to.Length; j++)
        {
            edits[0, j] = j;
        }

        for (var i = 1; i <= from.Length; i++)
        {
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = edits[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                edits[i, j] = Math.Min(replaced, Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
                }
            }
        }

        return edits[from.Length, to.Length];
    }

    private static bool Contains(string name, string piece) =>
        piece.Length >= MinContained && name.Contains(piece, StringComparison.OrdinalIgnoreCase);
}
