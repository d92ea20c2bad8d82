using IngestEmbeddings.Cli.Benching;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Benching;

public class BenchTableTests
{
    private static readonly BenchTable Tried = new(
    [
        new(1, 32, 100, 0.5), new(1, 100, 110, 0.5),
        new(2, 32, 195, 0.97), new(2, 100, 210, 0.99),
        new(4, 32, 200, 0.99), new(4, 100, 215, 0.99),
    ]);

    [Fact]
    public void The_fewest_workers_near_the_fastest_are_advised_with_their_best_batch() =>
        (Tried.Advised.Workers, Tried.Advised.BatchSize).ShouldBe((2, 100));

    [Fact]
    public void The_speed_up_is_against_one_worker_with_the_same_batch() =>
        Tried.SpeedUp(Tried.Results[2]).ShouldBe(1.95);

    [Fact]
    public void A_busy_processor_is_what_limits() => Tried.Results[3].Limit.ShouldBe("the processor");

    [Theory]
    [InlineData(0.9, 0.9, "the database")]
    [InlineData(0.9, 0.5, "the processor")]
    [InlineData(0.5, 0.5, "the model and the database, in turns")]
    public void Workers_that_are_busy_with_the_database_are_told(double processor, double store, string limit) =>
        new BenchResult(Environment.ProcessorCount, 100, 1000, processor, store).Limit.ShouldBe(limit);
}
