using IngestEmbeddings.Text;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Rows;

public class TextLimitsTests
{
    [Fact]
    public void A_text_that_the_database_did_not_cut_is_not_cut_here()
    {
        var cut = 0;
        var pairs = string.Concat(Enumerable.Repeat("\U0001F600", 600_000));

        TextLimits.Cut(pairs, ref cut).ShouldBeSameAs(pairs);
        cut.ShouldBe(0);
    }

    [Fact]
    public void A_text_is_cut_between_characters_and_counted()
    {
        var cut = 0;
        var text = $"x{string.Concat(Enumerable.Repeat("\U0001F600", 1_000_000))}";

        TextLimits.Cut(text, ref cut).ShouldBe(text[..^2]);
        cut.ShouldBe(1);
    }
}
