using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Measurements;

/// <summary>Short forms of <c>eng/claim-cost</c> and <c>eng/coordination</c>: they show that these work, and measure nothing.</summary>
public class MeasurementTests
{
    [Fact]
    public async Task The_cost_of_claims_is_measured_for_each_tenth()
    {
        var tenths = await ClaimCost.MeasureAsync(rows: 20_000, MeasuredTable.DefaultBuffers);

        tenths.Count.ShouldBe(10);
        tenths.Max(tenth => tenth.Speed).ShouldBeGreaterThan(0);
        tenths.Max(tenth => tenth.Buffers).ShouldBeInRange(1, 200);
    }

    [Fact]
    public async Task One_process_and_several_are_measured()
    {
        var (one, many) = await Coordination.MeasureAsync(rows: 20_000, rounds: 1);

        one.ShouldHaveSingleItem().Speed.ShouldBeGreaterThan(0);
        many.ShouldHaveSingleItem().Speed.ShouldBeGreaterThan(0);
    }
}
