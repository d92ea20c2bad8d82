using System.Text;
using CsCheck;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Metrics;

public class TextMeterTests
{
    private static readonly Lexicon Words = Lexicon.FromLines(["aloha", "malama", "hookipa", "ka", "i"]);

    // Any UTF-16 at all, half of it from the pieces that are known to be hard.
    private static readonly Gen<string> Texts =
        Gen.OneOf(Gen.String, Gen.OneOf([.. HardTexts.Generate(2_000).Select(Gen.Const)]));

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("one", 1, 3)]
    [InlineData("  two\u3000words \u0085", 2, 13)]
    [InlineData("zero\u200Bwidth", 1, 10)]
    [InlineData("no\u001Cspace", 1, 8)]
    [InlineData("… !", 2, 3)]
    [InlineData("𐐀😀", 1, 2)]
    public void Counts_tokens_and_code_points(string text, int words, int length)
    {
        new TextMeter().Measure(text, null).ShouldBe(new TextMetrics(words, length, null, 0, null));
    }

    [Theory]
    [InlineData("Aloha kaua", 1, 2)]
    [InlineData("ALOHA, aloha!", 2, 2)]
    [InlineData("hoʻokipa hoʼokipa", 2, 2)]
    [InlineData("ka'i ka‘i ka’i", 6, 6)] // these apostrophes are no letters: each is two words
    [InlineData("ho'okipa", 0, 2)]
    [InlineData("mālama ma\u0304lama MĀLAMA", 3, 3)]
    [InlineData("ʻ aloha", 1, 2)] // a lone ʻokina is a word that folds to nothing
    [InlineData("aloha_", 0, 1)]
    [InlineData("3 ½ Ⅷ ka", 1, 4)]
    [InlineData("𐐀 ka", 1, 2)]
    public void The_ratio_is_the_share_of_known_words(string text, int known, int words)
    {
        new TextMeter(Words).Measure(text, null).WordRatio!.Value.ShouldBe((float)known / words);
    }

    [Theory]
    [InlineData("pōhaku pohaku", 1, 2)]
    [InlineData("po\u0304haku PŌHAKU", 2, 2)]
    [InlineData("ǖ ȳ pȫ", 0, 3)] // macrons, but not on one of Hawaiian's plain vowels
    public void In_Hawaiian_a_macron_vowel_makes_a_word_known(string text, int known, int words)
    {
        new TextMeter(Words, TextLanguage.Hawaiian).Measure(text, null).WordRatio!.Value.ShouldBe((float)known / words);
        new TextMeter(Words).Measure(text, null).WordRatio.ShouldBe(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("… !")]
    public void A_text_without_words_has_the_ratio_zero(string text)
    {
        new TextMeter(Words).Measure(text, null).WordRatio.ShouldBe(0);
    }

    [Fact]
    public void A_lone_surrogate_is_one_code_point_and_part_of_no_word()
    {
        var meter = new TextMeter(Words);
        meter.Measure("\uD800\uD800\uDC00\uDC00", null).ShouldBe(new TextMetrics(1, 3, 0, 0, null));
        meter.Measure("ka\uDC00ka", null).ShouldBe(new TextMetrics(1, 5, 1, 0, null));
        meter.Measure("ma\u0304lama\uD800", null).WordRatio.ShouldBe(1);
    }

    [Fact]
    public void Words_longer_than_the_stack_buffer_are_looked_up_whole()
    {
        var word = new string('a', 5_000);
        new TextMeter(Lexicon.FromLines([word])).Measure($"{word} {word}b", null).WordRatio.ShouldBe(0.5f);
    }

    [Fact]
    public void Frequency_is_passed_through()
    {
        new TextMeter().Measure("a", 3).Frequency.ShouldBe(3);
        new TextMeter().Measure("a", null).Frequency.ShouldBeNull();
    }

    [Fact]
    public void Every_metric_stays_within_its_bounds()
    {
        var meter = new TextMeter(Words, TextLanguage.Hawaiian);
        Texts.Sample(text =>
        {
            var metrics = meter.Measure(text, null);
            return metrics.Length <= text.Length
                && metrics.Length >= (text.Length + 1) / 2
                && metrics.WordCount >= 0
                && metrics.WordCount <= metrics.Length
                && metrics.WordRatio is >= 0 and <= 1
                && metrics.EntityCount <= (metrics.Length + 1) / 2;
        });
    }

    [Fact]
    public void Space_around_a_text_changes_nothing_but_the_length()
    {
        var meter = new TextMeter(Words);
        Texts.Sample(text =>
        {
            var metrics = meter.Measure(text, null);
            return meter.Measure($"\t {text}\u3000", null) == metrics with { Length = metrics.Length + 3 };
        });
    }

    [Fact]
    public void Two_texts_as_two_lines_have_the_sum_of_their_counts()
    {
        var meter = new TextMeter();
        Gen.Select(Texts, Texts).Sample((first, second) =>
        {
            var (a, b) = (meter.Measure(first, null), meter.Measure(second, null));
            var both = meter.Measure($"{first}\n{second}", null);
            return both == new TextMetrics(
                a.WordCount + b.WordCount, a.Length + b.Length + 1, null, a.EntityCount + b.EntityCount, null);
        });
    }

    [Fact]
    public void A_text_and_its_decomposed_twin_have_the_same_words()
    {
        var meter = new TextMeter(Words, TextLanguage.Hawaiian);
        Texts.Where(IsWellFormed).Sample(text =>
        {
            var twin = meter.Measure(text.Normalize(NormalizationForm.FormD), null);
            return twin with { Length = 0 } == meter.Measure(text, null) with { Length = 0 };
        });
    }

    [Fact]
    public void Measuring_allocates_nothing()
    {
        var meter = new TextMeter(Words, TextLanguage.Hawaiian);
        string[] texts =
        [
            "The quick brown fox saw Mary Ann in Honolulu.", "Aloha mai kākou, e nā hoa ʻo Hawaiʻi.", "ma\u0304lama i ka ʻa\u0304ina",
            "Москва’s 世界 𐐀𐐨 😀", "broken \uD800 e\u0301", new string('x', 5_000),
        ];
        Allocations.SettleAtZero(() =>
        {
            foreach (var text in texts)
            {
                meter.Measure(text, 1);
            }
        });
    }

    private static bool IsWellFormed(string text) =>
        text.EnumerateRunes().All(rune => rune != Rune.ReplacementChar) && !text.Contains('\uFFFE');
}
