using IngestEmbeddings.Cli.Live;
using IngestEmbeddings.Events;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Live;

public class TimeLeftTests
{
    private static readonly RunFigures Half = new() { Total = 1000, Written = 500, RowsEncoded = 600, Tokens = 6000 };

    [Fact]
    public void Rows_that_are_left_and_longer_take_longer()
    {
        // 10 tokens a row at 100 rows a second are 1000 tokens a second; of 20,000 tokens 5000 are written.
        TimeLeft.Of(Half, rowsPerSecond: 100, meanTokens: 20).ShouldBe(TimeSpan.FromSeconds(15));
        TimeLeft.Of(Half, rowsPerSecond: 100, meanTokens: 10).ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Without_tokens_rows_count_and_without_a_rate_nothing_is_said()
    {
        TimeLeft.Of(Half, rowsPerSecond: 100, meanTokens: null).ShouldBe(TimeSpan.FromSeconds(5));
        TimeLeft.Of(Half with { Tokens = 0 }, rowsPerSecond: 50, meanTokens: 7).ShouldBe(TimeSpan.FromSeconds(10));
        TimeLeft.Of(Half, rowsPerSecond: 0, meanTokens: 7).ShouldBeNull();
    }
}
