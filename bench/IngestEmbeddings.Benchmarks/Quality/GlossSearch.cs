using System.Globalization;
using IngestEmbeddings.Benchmarks.Comparison;
using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Benchmarks.Quality;

/// <summary>How often a search with a synset's words finds its gloss among all glosses of WordNet: fp32, int8 and hashing.</summary>
internal static class GlossSearch
{
    /// <summary>Measures and prints.</summary>
    /// <param name="parent">Where the folders of the trained models are, or go.</param>
    /// <param name="textsFile">The texts of <c>eng/wordnet-sentences</c>.</param>
    /// <param name="wordnet">WordNet's folder.</param>
    /// <param name="queries">The synsets.</param>
    public static async Task<int> RunAsync(string parent, string textsFile, string wordnet, int queries)
    {
        var texts = TextFile.Read(textsFile, int.MaxValue);
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var place = 0; place < texts.Length; place++)
        {
            places.TryAdd(texts[place], place);
        }

        // The texts are glosses cut at semicolons: the first part is the definition.
        var asked = Synset.Read(wordnet, queries)
            .Select(synset => (synset.Words, Place: places.GetValueOrDefault(synset.Gloss.Split(';')[0].Trim(), -1)))
            .Where(static query => query.Place >= 0)
            .ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{asked.Length} queries, {texts.Length} glosses"));

        var folder = RealModel.MiniLm.Write(parent);
        foreach (var precision in new[] { "fp32", "int8" })
        {
            await using var encoder = QualityCheck.Open(folder, precision);
            Console.WriteLine($"{RealModel.MiniLm.Name} {precision}  {await SearchAsync(encoder, asked, texts)}");
        }

        Console.WriteLine($"hashing  {await SearchAsync(new HashingEncoder(), asked, texts)}");
        return 0;
    }

    private static async Task<Retrieval> SearchAsync(IEncoder encoder, (string Words, int Place)[] asked, string[] texts) => Retrieval.Of(
        await QualityCheck.EncodeAsync(encoder, [.. asked.Select(static query => query.Words)]),
        await QualityCheck.EncodeAsync(encoder, texts),
        [.. asked.Select(static query => query.Place)]);
}
