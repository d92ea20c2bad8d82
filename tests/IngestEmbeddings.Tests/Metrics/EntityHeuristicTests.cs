using IngestEmbeddings.Metrics;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Metrics;

public class EntityHeuristicTests
{
    private static readonly TextMeter Meter = new();

    [Theory]
    [InlineData("", 0)]
    [InlineData("nothing here", 0)]
    [InlineData("Mary sings", 0)] // opens the text
    [InlineData("\"Mary\" sings", 0)]
    [InlineData("Yesterday Mary sang", 1)]
    [InlineData("we saw Mary and John", 2)]
    [InlineData("we saw Mary Ann", 1)] // one run
    [InlineData("we saw Mary  \u00A0Ann", 1)]
    [InlineData("we saw Mary, Ann", 2)]
    [InlineData("we saw Mary (Ann)", 2)]
    [InlineData("we saw Mary – Ann", 2)]
    [InlineData("we saw Jean-Luc", 1)]
    [InlineData("we saw Pat O’Brien", 2)] // O is one letter and ends the run
    [InlineData("in Hawai'i and Hawaiʻi", 2)]
    [InlineData("we saw it. Mary left", 0)]
    [InlineData("we saw it! Then Mary left", 1)]
    [InlineData("is it? Mary left", 0)]
    [InlineData("is it… Mary left", 0)]
    [InlineData("is it\u1362 Mary left", 0)] // the Ethiopic full stop
    [InlineData("is it\U000115C2 Mary left", 0)] // beyond the first plane
    [InlineData("is it\u0F0D Mary left", 1)] // Tibetan shad: it ends phrases too, so that Unicode does not count it
    [InlineData("a line\nMary left", 0)]
    [InlineData("a line\r\n\r\nMary left", 0)]
    [InlineData("これ。Mary left", 0)]
    [InlineData("a list: Mary", 1)] // a colon opens nothing
    [InlineData("by Dr. Smith", 1)] // Smith counts as an opening
    [InlineData("the USA and NATO", 0)]
    [InlineData("the USA Today", 1)]
    [InlineData("plan A and I", 0)]
    [InlineData("type X1 or B2B", 0)]
    [InlineData("on Apollo 11", 1)]
    [InlineData("the iPhone and McDonald", 1)]
    [InlineData("a _Foo and a 2Pac", 0)]
    [InlineData("i ʻIolani a me ʼEwa", 2)] // an ʻokina before the capital is passed over
    [InlineData("i ʻA nei", 0)]
    [InlineData("ka ʻŌ", 0)]
    [InlineData("la E\u0301cole", 1)]
    [InlineData("в Москве", 1)]
    [InlineData("see ǅungla", 1)] // Lt
    [InlineData("see 𐐀𐐨", 1)]
    [InlineData("see 𐐀𐐁", 0)]
    [InlineData("see 世界", 0)]
    public void Counts_runs_of_capitalised_words_that_do_not_open_a_sentence(string text, int count)
    {
        Meter.Measure(text, null).EntityCount.ShouldBe(count);
    }

    [Fact]
    public void Is_null_when_entities_are_not_counted()
    {
        new TextMeter(entities: EntityCounting.None).Measure("we saw Mary", null).EntityCount.ShouldBeNull();
    }
}
