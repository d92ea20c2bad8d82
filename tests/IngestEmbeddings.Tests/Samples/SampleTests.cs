using System.Text;
using System.Text.RegularExpressions;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Samples;

/// <summary>The sample that a first run works on, and its word list.</summary>
public partial class SampleTests
{
    private const string Okina = "\u02BB";

    private static readonly (int Id, string Text)[] Rows =
    [
        .. File.ReadLines(Repository.PathOf("samples", "sentences.tsv")).Skip(1)
            .Select(static line => line.Split('\t'))
            .Select(static fields => (int.Parse(fields[0]), fields.Single(field => field != fields[0]))),
    ];

    private static readonly string[] LexiconLines = File.ReadAllLines(Repository.PathOf("samples", "lexicon-haw.txt"));

    private static readonly TextMeter Meter = new(Lexicon.FromLines(LexiconLines), TextLanguage.Hawaiian);

    [Fact]
    public void It_has_a_header_and_rows_numbered_from_1()
    {
        File.ReadLines(Repository.PathOf("samples", "sentences.tsv")).First().ShouldBe("id\ttext");
        Rows.Select(row => row.Id).ShouldBe(Enumerable.Range(1, Rows.Length));
        Rows.Length.ShouldBeGreaterThanOrEqualTo(620);
    }

    [Fact]
    public void Every_text_is_composed_and_trimmed()
    {
        Rows.ShouldAllBe(row => row.Text.IsNormalized(NormalizationForm.FormC) && row.Text == row.Text.Trim() && row.Text.Length > 0);
    }

    [Fact]
    public void A_third_of_it_or_more_is_Hawaiian_with_okina_and_kahako()
    {
        var hawaiian = Rows.Select(row => row.Text).Where(IsHawaiian).ToList();

        ((double)hawaiian.Count / Rows.Length).ShouldBeInRange(0.33, 0.5);
        hawaiian.Count(text => text.Contains(Okina, StringComparison.Ordinal)).ShouldBeGreaterThan(100);
        hawaiian.Count(text => text.AsSpan().IndexOfAny("āēīōūĀĒĪŌŪ") >= 0).ShouldBeGreaterThan(100);
    }

    [Fact]
    public void No_okina_is_spelt_with_another_character()
    {
        Rows.Where(row => IsHawaiian(row.Text)).ShouldAllBe(row => row.Text.IndexOfAny("'‘’`ʼ".ToCharArray()) < 0);
    }

    [Theory]
    [InlineData(@"\p{IsHiragana}")]
    [InlineData(@"\p{IsKatakana}")]
    [InlineData(@"\p{IsCJKUnifiedIdeographs}")]
    [InlineData(@"\p{IsHangulSyllables}")]
    [InlineData(@"\p{IsArabic}")]
    [InlineData(@"\p{IsHebrew}")]
    [InlineData(@"\p{IsGreek}")]
    [InlineData(@"\p{IsCyrillic}")]
    [InlineData(@"\p{IsDevanagari}")]
    [InlineData(@"\p{IsThai}")]
    [InlineData("[ạảấầậắằặẹẻềệịọốộớờợụủứừựỳỷỹ]")]
    [InlineData("[ñ¿¡]")]
    [InlineData("[äöüß]")]
    public void Many_scripts_occur(string script)
    {
        Rows.Count(row => Regex.IsMatch(row.Text, script, RegexOptions.None, TimeSpan.FromSeconds(1))).ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public void Some_texts_occur_several_times()
    {
        var repeated = Rows.GroupBy(row => row.Text, StringComparer.Ordinal).Where(group => group.Count() > 1).ToList();

        repeated.Count.ShouldBeGreaterThan(8);
        repeated.Max(group => group.Count()).ShouldBe(3);
    }

    [Fact]
    public void Some_texts_have_names()
    {
        Rows.Count(row => Meter.Measure(row.Text, null).EntityCount > 0).ShouldBeGreaterThan(60);
    }

    [Fact]
    public void The_word_list_is_sorted_without_repeats_after_a_line_that_is_skipped()
    {
        LexiconLines[0].ShouldStartWith("-");
        LexiconLines.Skip(1).ShouldBe(LexiconLines.Skip(1).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        LexiconLines.Length.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void Hawaiian_sentences_have_a_high_ratio_and_others_a_low_one()
    {
        var ratios = Rows.Select(row => (Hawaiian: IsHawaiian(row.Text), Ratio: Meter.Measure(row.Text, null).WordRatio!.Value)).ToList();

        ratios.Where(row => row.Hawaiian).Average(row => row.Ratio).ShouldBeInRange(0.85f, 0.99f);
        ratios.Where(row => !row.Hawaiian).Average(row => row.Ratio).ShouldBeLessThan(0.1f);
    }

    // Most words have only letters of the Hawaiian alphabet and end in a vowel.
    private static bool IsHawaiian(string text)
    {
        var words = Regex.Matches(text, @"[\p{L}\p{Nd}]+", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(match => match.Value).ToList();
        return words.Count(word => HawaiianWord().IsMatch(word)) >= 0.6 * words.Count;
    }

    [GeneratedRegex("^[aeiouāēīōūhklmnpwʻ]*[aeiouāēīōū]$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex HawaiianWord();
}
