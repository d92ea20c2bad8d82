using System.Globalization;
using System.Text;
using System.Text.Json;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Metrics;

/// <summary>Compares every metric of every text with <c>Support/reference/metrics.py</c>.</summary>
[Slow]
public class MetricsAgreeWithReference
{
    private const float Tolerance = 1e-6f;

    [Fact]
    public async Task On_the_sample()
    {
        var sample = Repository.PathOf("samples", "sentences.tsv");
        Assert.SkipUnless(File.Exists(sample), $"There is no {sample}.");
        var lexicon = Repository.PathOf("samples", "lexicon-haw.txt");
        var texts = File.ReadLines(sample).Select(line => line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..]);
        await CompareAsync([.. texts], lexicon);
    }

    [Fact]
    public async Task On_the_glosses_of_WordNet()
    {
        var texts = WordNet.Glosses();
        Assert.SkipWhen(texts.Count == 0, "There is no /usr/share/wordnet: install Debian's wordnet-base.");
        texts.Count.ShouldBeGreaterThan(100_000);
        var lexicon = texts.Take(2_000).SelectMany(text => text.Split(' ')).Distinct(StringComparer.Ordinal);
        // The reference takes half a millisecond a text: every fourth gloss keeps this under ten seconds.
        await CompareAsync(texts.Where((_, index) => index % 4 == 0).ToList(), await TemporaryLexiconAsync(lexicon), most: 0);
    }

    [Fact]
    public async Task On_generated_hard_texts()
    {
        var lexicon = await TemporaryLexiconAsync(HardTexts.LexiconLines);

        await CompareAsync(HardTexts.Generate(20_000), lexicon, most: 0.2);
    }

    [Fact]
    public async Task On_every_character_of_the_first_two_planes()
    {
        var characters = Enumerable.Range(0, 0x20000).Where(Rune.IsValid).Select(point => new Rune(point)).Where(PythonReference.IsAssigned);
        var texts = characters.Select(character => $"x {character} A{character}b {character}c.").ToList();

        // With the small letters alone in the word list, a capital is known exactly when both lower it to the same one.
        var small = characters.Where(character => Rune.GetUnicodeCategory(character) == UnicodeCategory.LowercaseLetter);
        await CompareAsync(texts, await TemporaryLexiconAsync(small.Select(letter => letter.ToString())), most: 0.2);
    }

    /// <summary>Compares texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="lexicon">The word list's file.</param>
    /// <param name="most">The largest share of texts that may be left out, for code points unknown to one of the two.</param>
    private static async Task CompareAsync(IReadOnlyList<string> texts, string lexicon, double most = 0)
    {
        var meter = new TextMeter(Lexicon.FromLines(File.ReadLines(lexicon)), TextLanguage.Hawaiian);
        var lines = await PythonReference.RunAsync(
            "metrics.py", ["--lexicon", lexicon, "--language", "haw"], texts.Select(PythonReference.Quote));
        lines.Count.ShouldBe(texts.Count);
        var differences = new List<string>();
        var skipped = 0;
        for (var i = 0; i < texts.Count; i++)
        {
            using var expected = JsonDocument.Parse(lines[i]);
            if (expected.RootElement.GetProperty("unassigned").GetBoolean() || !PythonReference.IsAssigned(texts[i]))
            {
                skipped++;
                continue;
            }

            var actual = meter.Measure(texts[i], frequency: null);
            if (!Agree(actual, expected.RootElement))
            {
                differences.Add($"{PythonReference.Quote(texts[i])}\n  here      {actual}\n  reference {lines[i]}");
            }
        }

        differences.Take(10).ShouldBeEmpty($"{differences.Count} of {texts.Count} texts differ");
        skipped.ShouldBeLessThanOrEqualTo((int)(most * texts.Count));
    }

    private static bool Agree(TextMetrics actual, JsonElement expected) =>
        actual.WordCount == expected.GetProperty("word_count").GetInt32()
        && actual.Length == expected.GetProperty("length").GetInt32()
        && Math.Abs(actual.WordRatio!.Value - expected.GetProperty("word_ratio").GetSingle()) <= Tolerance
        && actual.EntityCount == expected.GetProperty("entity_count").GetInt32();

    private static async Task<string> TemporaryLexiconAsync(IEnumerable<string> lines)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("ingest-test-").FullName, "lexicon.txt");
        await File.WriteAllLinesAsync(file, lines, TestContext.Current.CancellationToken);
        return file;
    }
}
