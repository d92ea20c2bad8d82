using IngestEmbeddings.Cli.Live;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Events;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Live;

public class LiveProgressTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_last_state_stays_what_is_said_stands_above_it_and_colours_can_be_left_out(bool hasColors)
    {
        using var output = new StringWriter();
        var messages = new Messages(output, output, isLive: true);
        var meter = new RunMeter(TimeProvider.System);
        var terminal = new Terminal(output, static () => (80, 24), hasColors);
        await using (var live = new LiveProgress(terminal, messages, "notes", meter, TimeProvider.System))
        {
            var run = new EventChannel(meter, live);
            run.Observe(new WorkerStarted(0));
            run.Observe(new RunStarted(1, 200));
            while (!output.ToString().Contains("0.0 %", StringComparison.Ordinal))
            {
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }

            messages.Notice("something is odd");
            run.Observe(new BatchWritten(0, 200, 200, 200, null));
            run.Observe(new WorkerEnded(0, 200));
        }

        messages.Line("the end");
        var shown = output.ToString();
        shown.LastIndexOf("100.0 %  200 / 200", StringComparison.Ordinal).ShouldBeGreaterThan(shown.IndexOf("note: something is odd", StringComparison.Ordinal));
        shown.ShouldEndWith("the end\n");
        shown.Contains("\u001B[32m", StringComparison.Ordinal).ShouldBe(hasColors);
    }
}
