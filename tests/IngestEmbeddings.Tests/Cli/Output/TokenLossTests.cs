using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Events;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Output;

public sealed class TokenLossTests
{
    [Fact]
    public void The_runs_with_the_models_of_the_table_are_added_up()
    {
        var loss = TokenLoss.Of([Receipt("f", 2, 30), Receipt("other", 5, 900), Receipt(null, 0, 0), Receipt("g", 1, 70)], ["f", "g"]);

        loss.Rows.ShouldBe(3);
        loss.LostTokens.ShouldBe(100);
        loss.Share.ShouldBe(100.0 / 300);
    }

    [Theory]
    [InlineData("complete", 21)]
    [InlineData("stopped", 321)]
    public void What_was_lost_before_all_was_made_again_does_not_count(string outcome, long lost)
    {
        KeptReceipt[] receipts = [Receipt("f", 1, 1), Receipt("f", 2, 20) with { Reembedded = true, Outcome = outcome }, Receipt("f", 3, 300)];

        TokenLoss.Of(receipts, ["f"]).LostTokens.ShouldBe(lost);
    }

    [Theory]
    [InlineData(1, 100, false)]
    [InlineData(2, 100, true)]
    public void More_than_a_hundredth_is_worth_an_advice(long lost, long kept, bool isAdvised) =>
        (new TokenLoss(1, lost, kept, []).Advice(new CommandHint(CommandLine.Parse([]), CommandList.Specs), "notes") is not null).ShouldBe(isAdvised);

    [Fact]
    public void A_row_that_two_windows_had_is_named_once() =>
        TruncatedRow.Most([new("7", 3), new("8", 4), new("7", 5)]).ShouldBe([new("7", 5), new("8", 4)]);

    private static KeptReceipt Receipt(string? fingerprint, long rows, long lost) => new()
    {
        Document = "{}", Ended = "", Outcome = "complete", Model = fingerprint, Fingerprint = fingerprint, Reembedded = false, Machine = "",
        Written = 1, Failed = 0, Seconds = 1, RowsPerSecond = 1, StoreSeconds = 0, Loss = new TokenLoss(rows, lost, 100, []),
    };
}
