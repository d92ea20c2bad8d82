namespace IngestEmbeddings.Metrics;

/// <summary>What made the metrics of a table: metrics of two recipes cannot be compared.</summary>
/// <param name="Lexicon">A hash of the words and their number; <c>none</c> without a lexicon.</param>
/// <param name="Language">The language whose rules were added, such as <c>haw</c>; else <c>none</c>.</param>
/// <param name="Entities">How entities were counted: <c>heuristic</c> or <c>none</c>.</param>
public sealed record MetricsRecipe(string Lexicon, string Language, string Entities)
{
    private const string Between = "; ";

    private const string After = ": ";

    /// <summary>The first term that differs between two lines of terms, in words; null where none does, or one has it not.</summary>
    /// <param name="active">What is there.</param>
    /// <param name="wanted">What is wanted.</param>
    public static string? Difference(string active, string wanted)
    {
        var others = Terms(wanted);
        var (name, value) = Terms(active).FirstOrDefault(term => others.TryGetValue(term.Key, out var other) && other != term.Value);
        return name is null ? null : $"with {name} {value}; this one has {name} {others[name]}";
    }

    private static Dictionary<string, string> Terms(string line)
    {
        return line.Split(Between, StringSplitOptions.RemoveEmptyEntries)
            .Select(static term => term.Split(After, 2))
            .Where(static term => term.Length == 2)
            .ToDictionary(static term => term[0], static term => term[1], StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public override string ToString() => $"lexicon{After}{Lexicon}{Between}language{After}{Language}{Between}entities{After}{Entities}";
}
