namespace IngestEmbeddings.CheckGpu;

/// <summary>Different texts of one number of tokens, or of many.</summary>
internal static class Lengths
{
    // Each is one token in the vocabulary of BERT.
    private static readonly string[] Words = ["the", "sea", "land", "wind", "old", "river", "stone", "light", "night", "road", "house", "tree", "small", "green", "cold", "wide"];

    /// <summary>From 3 to 40 tokens, as the sentences of a corpus have.</summary>
    public const int Mixed = 0;

    /// <summary>Makes texts; two tokens of each are the special ones.</summary>
    public static string[] Of(int count, int tokens)
    {
        var random = new Random(tokens);
        return [.. Enumerable.Range(0, count).Select(_ => string.Join(' ', Enumerable.Range(0, (tokens == Mixed ? random.Next(3, 41) : tokens) - 2).Select(_ => Words[random.Next(Words.Length)])))];
    }
}
