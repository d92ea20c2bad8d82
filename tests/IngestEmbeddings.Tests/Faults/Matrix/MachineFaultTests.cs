using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Matrix;

/// <summary>Several machines: network namespaces, and clocks that are wrong.</summary>
public class MachineFaultTests
{
    // Longer than the server waits for a client that is cut off within a transaction.
    private const int Lease = 20;

    [Fact]
    public async Task Fault_20_one_of_three_machines_is_cut_off_and_brought_back()
    {
        await using var machines = await NetworkNamespaces.CreateAsync(3);
        await using var cluster = await PrivateCluster.StartAsync(fsync: false, $"listen_addresses=127.0.0.1,{machines.Address}");
        await cluster.AdmitAsync(machines.Network);
        await using var bench = await FaultBench.OnAsync(cluster, rows: 3000);
        var tools = Enumerable.Range(0, 3).Select(index => bench.Start(
            "--sleep 0.1", lease: Lease, query: "sslmode=disable&Command%20Timeout=4&Timeout=4", host: machines.Address, wrapper: machines.Inside(index))).ToArray();
        await Task.WhenAll(tools.Select(tool => tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal))));
        await bench.Table.WatchRangesAsync();

        await machines.ConnectAsync(0, connected: false);

        // Without the third they would be done after a second or two; the rows that it holds are free after one lease.
        var others = await Task.WhenAll(tools.Skip(1).Select(tool => tool.WaitAsync(TimeSpan.FromSeconds(2 * Lease))));
        others.ShouldAllBe(result => result.ExitCode == 0);
        await bench.AuditAsync();

        await machines.ConnectAsync(0, connected: true);
        var late = await tools[0].WaitAsync();
        late.ExitCode.ShouldBe(0, late.Errors);
        await bench.AuditAsync();
    }

    [Theory]
    [InlineData("+1h")]
    [InlineData("-1h")]
    public async Task Fault_44_clocks_that_are_an_hour_off(string offset)
    {
        const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
        Assert.SkipUnless(File.Exists(Library), "No libfaketime: eng/install-test-tools installs it.");
        await using var bench = await FaultBench.CreateAsync(rows: 2000);
        var wrong = bench.Start("--sleep 0.1", lease: 3, environment: new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = Library,
            ["FAKETIME"] = offset,
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        });
        await wrong.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        var right = bench.Start("--sleep 0.1", lease: 3);

        var results = await Task.WhenAll(wrong.WaitAsync(), right.WaitAsync());

        results.ShouldAllBe(result => result.ExitCode == 0);
        results.Sum(FaultBench.Processed).ShouldBe(2000);
        results.ShouldAllBe(result => !result.Errors.Contains("was taken over", StringComparison.Ordinal));
        await bench.AuditAsync();
    }
}
