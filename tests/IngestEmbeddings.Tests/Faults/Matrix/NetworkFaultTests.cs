using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Matrix;

/// <summary>The network between the program and the server is slow, silent, or breaks in the middle of an answer.</summary>
public class NetworkFaultTests
{
    [Fact]
    public async Task Fault_19_connections_reset_inside_the_answer_to_a_commit()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 2000);
        await using var proxy = new FaultProxy(bench.Settings.Port);
        // The answer to COMMIT is 18 bytes long: every third one is cut, after 0, 1, 2, … of them. The start of a run commits twice
        // before it is done, and starts over when either answer is lost.
        var commits = 0;
        proxy.CutAnswerAfter = piece =>
            piece.Span.IndexOf("COMMIT\0"u8) >= 0 && Interlocked.Increment(ref commits) is var number && number % 3 == 0 ? number / 3 % 18 : null;

        var result = await bench.RunAsync("--sleep 0.01", port: proxy.Port);

        result.ExitCode.ShouldBe(0, result.Errors);
        proxy.Resets.ShouldBeGreaterThan(10);
        FaultBench.Processed(result).ShouldBe(2000);
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Fault_20_a_silent_network_is_noticed_and_others_take_over()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 1500);
        await using var proxy = new FaultProxy(bench.Settings.Port);
        var cutOff = bench.Start("--sleep 0.2", port: proxy.Port, query: "Command%20Timeout=2&Timeout=2");
        await cutOff.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        await bench.Table.WatchRangesAsync();

        proxy.Silent = true;
        var other = await bench.RunAsync();

        other.ExitCode.ShouldBe(0, other.Errors);
        await bench.AuditAsync();
        proxy.Silent = false;
        (await cutOff.WaitAsync()).ExitCode.ShouldBe(0, cutOff.Errors);
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Fault_21_a_slow_network_slows_the_run_and_loses_no_lease()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 150);
        await using var proxy = new FaultProxy(bench.Settings.Port) { Latency = TimeSpan.FromMilliseconds(100), BytesPerSecond = 125_000 };

        var tool = bench.Start("--workers 2", port: proxy.Port, lease: 5);

        var result = await tool.WaitAsync();
        result.ExitCode.ShouldBe(0, result.Errors);
        result.Errors.ShouldNotContain("taken over");
        await bench.AuditAsync();
    }
}
