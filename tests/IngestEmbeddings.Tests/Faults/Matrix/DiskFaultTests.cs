using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Matrix;

/// <summary>The server's disk is full.</summary>
public class DiskFaultTests
{
    [Fact]
    public async Task Fault_24_a_full_disk_pauses_the_run_until_there_is_room()
    {
        await using var disk = await SmallFileSystem.CreateAsync(megabytes: 40);
        await using var cluster = await PrivateCluster.StartAsync(fsync: true);
        await using var bench = await FaultBench.OnAsync(cluster, rows: 3000);
        await bench.Table.ExecuteAsync($"CREATE TABLESPACE small LOCATION '{disk.Folder}'");
        await bench.Table.ExecuteAsync("ALTER TABLE sentences SET TABLESPACE small");
        await disk.FillAsync(free: 1_000_000);
        var tool = bench.Start("--workers 2");
        await tool.WaitForLineAsync(line => line.Contains("No space left on device (53100); the run is paused", StringComparison.Ordinal));
        var written = await bench.Table.ScalarAsync<long>("SELECT count(*) FROM oracle.written");
        written.ShouldBeLessThan(3000);

        // Tries are five seconds apart: the server's log is not filled with them.
        await Task.Delay(TimeSpan.FromSeconds(2));
        tool.HasExited.ShouldBeFalse();
        disk.Empty();

        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        (await bench.AuditAsync()).Writes.ShouldBe(3000);
    }

    [Fact]
    public async Task Fault_25_a_full_disk_of_the_log_is_a_crash_of_the_server()
    {
        await using var disk = await SmallFileSystem.CreateAsync(megabytes: 60);
        await using var cluster = await PrivateCluster.StartWithLogInAsync(
            Path.Combine(disk.Folder, "log"), "max_wal_size=1GB", "min_wal_size=2MB", "checkpoint_timeout=1h");
        await using var bench = await FaultBench.OnAsync(cluster, rows: 3000);
        var tool = bench.Start("--sleep 0.1");
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));

        await disk.FillAsync(free: 1_500_000);

        await tool.WaitForLineAsync(line => line.Contains("trying again", StringComparison.Ordinal));
        // The server starts again by itself, finds no room for its recovery either, and ends.
        await FaultBench.UntilAsync(async () => !await cluster.IsRunningAsync(), "the server has given up");
        disk.Empty();
        await cluster.StartServerAsync();

        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        await bench.AuditAsync();
    }
}
