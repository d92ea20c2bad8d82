using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Events;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Output;

/// <summary>Roles that share a run may write to the table of receipts: what they put there must not end a command.</summary>
public sealed class KeptReceiptTests
{
    private const string Receipt =
        """
        {"program":{"machine":"m"},"model":{"name":"a","fingerprint":"f"},"options":{},"ended":"2026-01-02","seconds":2,"outcome":"complete",
         "rows":{"written":8,"failed":1,"truncated":3},"tokens":{"encoded":90,"lost":10},"rows_per_second":4,"stages":{"read":1,"write":0.5},
         "most_truncated":[{"key":"7","lost_tokens":10}]}
        """;

    [Fact]
    public void A_receipt_is_read()
    {
        var receipt = KeptReceipt.Read([Receipt]).ShouldHaveSingleItem();

        receipt.Written.ShouldBe(8);
        receipt.StoreSeconds.ShouldBe(1.5);
        receipt.Loss.Most.ShouldBe([new TruncatedRow("7", 10)]);
        ReceiptLine.Of(receipt).ShouldBe("2026-01-02  complete: 8 rows written, 1 failed in 2.0 s, 4 rows/s, a (f), on m");
    }

    [Fact]
    public void One_of_metrics_alone_has_no_model()
    {
        var metricsAlone = Receipt.Replace("""{"name":"a","fingerprint":"f"}""", "null", StringComparison.Ordinal);

        ReceiptLine.Of(KeptReceipt.Read([metricsAlone]).ShouldHaveSingleItem()).ShouldContain("metrics alone");
    }

    [Fact]
    public void One_of_a_former_version_names_no_rows()
    {
        var former = Receipt.Replace("most_truncated", "x", StringComparison.Ordinal);

        KeptReceipt.Read([former]).ShouldHaveSingleItem().Loss.ShouldBeEquivalentTo(new TokenLoss(3, 10, 90, []));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"model":7}""")]
    public void What_is_no_receipt_is_left_out(string document)
    {
        KeptReceipt.Read([document, Receipt]).Count().ShouldBe(1);
        KeptReceipt.Read([Receipt.Replace("8", "\"8\"", StringComparison.Ordinal), Receipt.Replace("10}", "1e99}", StringComparison.Ordinal)]).ShouldBeEmpty();
    }
}
