using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Pipeline;

public class RunMeterTests
{
    [Fact]
    public void The_events_of_a_run_are_summed()
    {
        var clock = new FakeTimeProvider();
        var meter = new RunMeter(clock);

        meter.Observe(new WorkerStarted(0));
        meter.Observe(new RunStarted(1, 30));
        meter.Observe(new WindowRead(0, 20, "1", "20", Seconds(1)));
        meter.Observe(new WindowEncoded(0, 20, new EncodingCost(400, 3, 1, 7, Seconds(0.5)), Seconds(4)));
        meter.Read().WindowsInFlight.ShouldBe(1);
        meter.Observe(new BatchWritten(0, 10, 10, 30, new MetricAverages(null, 2, 10, 1, null)));
        meter.Observe(new RowFailed(0, "11", "check", "no number"));
        meter.Observe(new BatchWritten(0, 5, 15, 30, new MetricAverages(null, 5, 40, 1, null)));
        meter.Observe(new WindowWritten(0, 15, Seconds(2)));
        clock.Advance(Seconds(10));
        meter.Observe(new WorkerWaited(0, Seconds(3)));
        meter.Observe(new WorkerEnded(0, 15));
        clock.Advance(Seconds(10));

        var run = meter.Read();
        (run.Workers, run.Total, run.Written, run.Failed, run.RowsEncoded).ShouldBe((1, 30, 15, 1, 20));
        (run.Tokens, run.Repeated, run.Truncated, run.LostTokens).ShouldBe((400, 3, 1, 7));
        run.Stages.ShouldBe(new StageTimes(Seconds(1), Seconds(0.5), Seconds(3.5), Seconds(2), Seconds(3)));
        run.Elapsed.ShouldBe(Seconds(10));
        (run.RowsPerSecond, run.TokensPerSecond).ShouldBe((1.5, 40));
        run.WindowsInFlight.ShouldBe(0);
        run.FailuresByReason.ShouldBe([new("check: no number", 1)]);
        run.Averages.ShouldBe(new MetricAverages(null, 3, 20, 1, null));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
