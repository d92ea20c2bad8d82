using System.Diagnostics;
using System.Globalization;
using IngestEmbeddings.Tests.Faults.Matrix;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>SIGTERM ends the program within 20 s, whatever the server does.</summary>
public sealed class C16StoppedServerTests
{
    private const int TimeoutMs = 120_000;

    [Theory(Timeout = TimeoutMs)]
    [InlineData("--workers 1")]
    [InlineData("--workers 4")]
    [InlineData("--workers 2 --sleep 0.05")]
    public async Task A_server_that_is_stopped_does_not_keep_the_program(string options)
    {
        await using var cluster = await PrivateCluster.StartAsync();
        await using var bench = await FaultBench.OnAsync(cluster, rows: 20_000);
        var tool = bench.Start(options, lease: 60);
        await tool.WaitForLineAsync(static line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        var processes = Processes(cluster.ProcessId);
        Signal("STOP", processes);
        try
        {
            await Task.Delay(500, TestContext.Current.CancellationToken);
            var started = Stopwatch.GetTimestamp();
            tool.Send(UnixSignal.Terminate);

            var result = await tool.WaitAsync();

            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(20));
            result.ExitCode.ShouldBe(4, result.Errors);
        }
        finally
        {
            Signal("CONT", processes);
        }
    }

    private static string[] Processes(int postmaster) =>
    [
        postmaster.ToString(CultureInfo.InvariantCulture),
        .. Directory.GetDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(name => int.TryParse(name, out _) && IsChild(name!, postmaster))!,
    ];

    // "pid (name) state parent …"
    private static bool IsChild(string process, int parent)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == parent.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Signal(string signal, string[] processes)
    {
        using var kill = Process.Start("kill", [$"-{signal}", .. processes]);
        kill.WaitForExit();
    }
}
