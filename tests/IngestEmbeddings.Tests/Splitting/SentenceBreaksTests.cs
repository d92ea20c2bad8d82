using IngestEmbeddings.Splitting;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Splitting;

public sealed class SentenceBreaksTests
{
    // The bar is where the sentences end.
    [Theory]
    [InlineData("It rains. |We stay.")]
    [InlineData("Version 3.4 is out. |Take it.")]
    [InlineData("The U.S.A is far. |So is Peru.")]
    [InlineData("Rain etc. and wind. |Then sun.")]
    [InlineData("\u201CGo!\u201D, she said. |\u201CNow.\u201D |He went.")]
    [InlineData("Is it? |(Yes.) |No.")]
    [InlineData("One line\n|another line\r\n|a third")]
    [InlineData("雨が降る。|風も吹く。")]
    [InlineData("هل تمطر؟ |نعم.")]
    [InlineData("A dot.\u0301 |Next.")]
    [InlineData("No end")]
    public void A_sentence_ends_where_Unicode_says(string marked)
    {
        var text = marked.Replace("|", "", StringComparison.Ordinal);

        var sentences = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var end = SentenceBreaks.Next(text, at);
            sentences.Add(text[at..end]);
            at = end;
        }

        string.Join('|', sentences).ShouldBe(marked);
    }
}
