using IngestEmbeddings.Metrics;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Metrics;

public class MetricTotalsTests
{
    [Fact]
    public void Has_no_averages_without_rows()
    {
        new MetricTotals().Averages().ShouldBeNull();
    }

    [Fact]
    public void Averages_each_metric_over_the_rows_that_have_it()
    {
        var totals = new MetricTotals();
        totals.Add(new TextMetrics(1, 10, 0.5f, 3, null));
        totals.Add(new TextMetrics(2, 20, null, 1, 7));

        totals.Rows.ShouldBe(2);
        totals.Averages().ShouldBe(new MetricAverages(0.5, 1.5, 15, 2, 7));
    }

    [Fact]
    public void Leaves_out_a_metric_that_no_row_has()
    {
        var totals = new MetricTotals();
        totals.Add(new TextMetrics(1, 10, null, null, null));

        totals.Averages().ShouldBe(new MetricAverages(null, 1, 10, null, null));
    }
}
