namespace IngestEmbeddings.Benchmarks.Quality;

/// <summary>Sets of synonyms of WordNet with what they mean: a search for which the right answer is known.</summary>
/// <param name="Words">The synonyms, such as <c>dog, domestic dog, Canis familiaris</c>.</param>
/// <param name="Gloss">Their definition, examples left out.</param>
internal sealed record Synset(string Words, string Gloss)
{
    /// <summary>Reads noun synsets, spread evenly over the file (wndb(5WN)).</summary>
    public static Synset[] Read(string folder, int count)
    {
        var all = File.ReadLines(Path.Combine(folder, "data.noun")).Where(static line => line.Length > 0 && line[0] != ' ').Select(Parse).ToArray();
        return [.. Enumerable.Range(0, count).Select(i => all[(long)i * all.Length / count])];
    }

    private static Synset Parse(string line)
    {
        var bar = line.IndexOf(" | ", StringComparison.Ordinal);
        var fields = line[..bar].Split(' ');
        var words = Convert.ToInt32(fields[3], 16);
        return new Synset(
            string.Join(", ", Enumerable.Range(0, words).Select(i => fields[4 + (2 * i)].Replace('_', ' '))),
            line[(bar + 3)..].Split("; \"")[0].Trim());
    }
}
