using IngestEmbeddings.Encoding;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Encoding;

public class VectorValidatorTests
{
    private static readonly float[] Good = [0.6f, 0.8f, 0];

    [Fact]
    public void A_unit_vector_passes()
    {
        Gate().TryAccept(Good, out var reason).ShouldBeTrue();
        reason.ShouldBeNull();
    }

    [Theory]
    [InlineData(new float[] { 1, 0 }, "2 components, not 3")]
    [InlineData(new float[] { 1, 0, 0, 0 }, "4 components, not 3")]
    [InlineData(new float[] { 1, float.NaN, 0 }, "not a finite number")]
    [InlineData(new float[] { 1, float.NegativeInfinity, 0 }, "not a finite number")]
    [InlineData(new float[] { 0, 0, 0 }, "zero")]
    [InlineData(new float[] { 0.6f, 0.81f, 0 }, "length 1.008")]
    public void A_bad_vector_is_refused_with_its_reason(float[] vector, string reason)
    {
        Gate().TryAccept(vector, out var actual).ShouldBeFalse();
        actual.ShouldNotBeNull().ShouldContain(reason);
    }

    [Fact]
    public void Length_is_free_when_the_model_does_not_normalise_but_zero_is_still_bad()
    {
        var gate = Gate(normalized: false);
        gate.TryAccept([3, 4, 0], out _).ShouldBeTrue();
        gate.TryAccept([0, 0, 0], out _).ShouldBeFalse();
    }

    [Fact]
    public void Ten_bad_vectors_of_a_thousand_are_data_and_the_eleventh_stops_the_run()
    {
        var gate = Gate();
        Feed(gate, good: 500, bad: 10);
        gate.ThrowIfTooMany();

        gate.TryAccept([0, 0, 0], out _);

        var stop = Should.Throw<IngestException>(gate.ThrowIfTooMany);
        stop.Error.ShouldBe(IngestError.Data);
        stop.Message.ShouldContain("tiny");
    }

    [Fact]
    public void Each_thousand_is_judged_by_itself()
    {
        var gate = Gate();
        for (var thousand = 0; thousand < 5; thousand++)
        {
            Feed(gate, good: 990, bad: 10);
        }

        gate.ThrowIfTooMany();
    }

    [Fact]
    public void The_verdict_stands_when_good_vectors_follow()
    {
        var gate = Gate();
        Feed(gate, good: 0, bad: 11);
        Feed(gate, good: 5000, bad: 0);
        Should.Throw<IngestException>(gate.ThrowIfTooMany);
    }

    private static void Feed(VectorValidator gate, int good, int bad)
    {
        for (var i = 0; i < good + bad; i++)
        {
            gate.TryAccept(i < good ? Good : [0, 0, 0], out _);
        }
    }

    private static VectorValidator Gate(bool normalized = true) =>
        new(new EncoderDescription { Model = "tiny", Dimension = 3, Normalized = normalized, Fingerprint = "0" });
}
