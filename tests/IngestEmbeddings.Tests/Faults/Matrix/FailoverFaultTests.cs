using IngestEmbeddings.Tests.Faults.Oracle;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Matrix;

/// <summary>The server is lost, and a standby takes its place.</summary>
public class FailoverFaultTests
{
    [Fact]
    public async Task Fault_26_a_standby_that_lags_takes_over_and_what_it_lacks_is_done_again()
    {
        await using var primary = await PrivateCluster.StartAsync(fsync: true);
        await using var bench = await FaultBench.OnAsync(primary, rows: 4000);
        await using var replication = new FaultProxy(primary.Port);
        await using var standby = await primary.StartStandbyAsync(replication.Port);
        var copy = new WatchedTable(standby.ConnectionString);
        var tool = bench.Start("--sleep 0.05", host: $"127.0.0.1:{standby.Port},127.0.0.1:{primary.Port}");
        await bench.UntilAsync("count(*) >= 600 FROM oracle.written");
        await FaultBench.UntilAsync(() => copy.ScalarAsync<bool>("SELECT count(*) >= 600 FROM oracle.written"), "the standby follows");

        // From here on the standby hears nothing; key ranges are finished that it never knows of.
        replication.Silent = true;
        var heard = await copy.ScalarAsync<long>("SELECT count(*) FROM oracle.written");
        await bench.UntilAsync($"count(*) >= {heard + 1500} FROM oracle.written");
        await primary.StopAsync(StopMode.Immediate);
        await standby.PromoteAsync();

        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        (await Audit.OfAsync(copy)).ShouldBeClean();
        // Rows that were done before the failover and lost with it count twice in what the program says.
        FaultBench.Processed(await tool.WaitAsync()).ShouldBeGreaterThan(4000);
        (await copy.ScalarAsync<long>("SELECT count(*) FROM oracle.written")).ShouldBe(4000);
    }

    [Fact]
    public async Task Fault_26_an_address_that_leads_to_a_standby_is_looked_up_again()
    {
        await using var primary = await PrivateCluster.StartAsync();
        await using var bench = await FaultBench.OnAsync(primary, rows: 2000);
        await using var standby = await primary.StartStandbyAsync(primary.Port);
        await using var address = new FaultProxy(primary.Port);
        var tool = bench.Start("--sleep 0.1", port: address.Port);
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));

        address.TargetPort = standby.Port;
        address.ResetAll();
        await tool.WaitForLineAsync(line => line.Contains("(25006); the run is paused", StringComparison.Ordinal));
        // The connections to the standby live on; new ones reach the server that takes writes.
        address.TargetPort = primary.Port;

        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        (await bench.AuditAsync()).Writes.ShouldBe(2000);
    }

    [Fact]
    public async Task Fault_26_hosts_of_which_none_takes_writes_are_named()
    {
        await using var primary = await PrivateCluster.StartAsync();
        await using var bench = await FaultBench.OnAsync(primary, rows: 10);
        await using var standby = await primary.StartStandbyAsync(primary.Port);
        var hosts = $"127.0.0.1:{standby.Port},127.0.0.1:1";

        var result = await bench.Start(host: hosts).WaitAsync();

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain(hosts);
        result.Errors.ShouldContain("takes writes");
    }
}
