using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Measurements;

/// <summary>Short forms of <c>eng/claim-cost</c> and <c>eng/coordination</c>: they show that these work, and measure nothing.</summary>
public class MeasurementTests
{
    [Fact]
    public async Task The_cost_of_claims_is_measured_for_each_tenth()
    {
        var (speeds, buffers) = await ClaimCost.MeasureAsync(rows: 20_000);

        speeds.Count.ShouldBe(10);
        speeds.Max().ShouldBeGreaterThan(0);
        buffers.Max().ShouldBeInRange(1, 200);
    }

    [Fact]
    public async Task One_process_and_several_are_measured()
    {
        var (one, many) = await Coordination.MeasureAsync(rows: 20_000, rounds: 1);

        one.ShouldBeGreaterThan(0);
        many.ShouldBeGreaterThan(0);
    }
}
