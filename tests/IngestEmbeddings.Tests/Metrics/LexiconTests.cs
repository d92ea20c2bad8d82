using IngestEmbeddings.Metrics;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Metrics;

public class LexiconTests
{
    [Fact]
    public void Skips_lines_that_are_empty_begin_with_a_hyphen_or_fold_to_nothing()
    {
        Lexicon.FromLines(["", "   ", "-", "-kahi", "  -lua", "ʻ", "'‘’ʼ", "nani"]).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("Aloha", "aloha")]
    [InlineData("  aloha\t", "aloha")]
    [InlineData("hoʻokipa", "hookipa")]
    [InlineData("ho'o‘k’iʼpa", "hookipa")]
    [InlineData("ĀĒĪŌŪāēīōū", "aeiouaeiou")]
    [InlineData("ma\u0304lama", "malama")]
    [InlineData("E\u0301COLE", "école")]
    [InlineData("𐐀", "𐐨")]
    [InlineData("ka ua", "ka ua")]
    public void Folds_its_lines(string line, string folded)
    {
        Lexicon.FromLines([line]).Contains(folded).ShouldBeTrue();
    }

    [Fact]
    public void Counts_words_that_fold_to_the_same_once()
    {
        Lexicon.FromLines(["pau", "PAU", "paʻu", "pāʻū"]).Count.ShouldBe(1);
    }
}
