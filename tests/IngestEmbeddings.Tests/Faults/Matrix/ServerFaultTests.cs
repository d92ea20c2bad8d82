using System.Diagnostics;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Matrix;

/// <summary>The server restarts, crashes or stays away. Each test has a server of its own.</summary>
public class ServerFaultTests
{
    [Theory]
    [InlineData(StopMode.Fast)]
    [InlineData(StopMode.Immediate)]
    public async Task Fault_13_and_14_restarts_of_the_server(StopMode mode)
    {
        await using var cluster = await PrivateCluster.StartAsync(fsync: true);
        await using var bench = await FaultBench.OnAsync(cluster, rows: 2000);
        var tool = bench.Start("--workers 2 --sleep 0.2");
        await tool.WaitForLineAsync(IsBatch);

        await cluster.RestartAsync(mode);
        var done = await bench.Table.ScalarAsync<long>("SELECT count(*) FROM oracle.written");
        await bench.UntilAsync($"count(*) > {done} FROM oracle.written");
        await cluster.RestartAsync(mode);

        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Fault_15_a_crash_right_after_a_claim()
    {
        await using var cluster = await PrivateCluster.StartAsync(fsync: true, "synchronous_commit=off", "wal_writer_delay=10s");
        await using var bench = await FaultBench.OnAsync(cluster);
        (await bench.RunAsync("--limit 50")).ExitCode.ShouldBe(0);
        await bench.Table.ExecuteAsync("CHECKPOINT");
        var tool = bench.Start(failpoint: "after_claim:sleep=4000@1");
        await bench.UntilClaimedAsync();

        await cluster.RestartAsync(StopMode.Immediate);

        // The server forgets what was committed without being flushed; a claim is always flushed.
        await bench.UntilAsync("EXISTS (SELECT FROM ingest_embeddings.key_range WHERE state = 1)");
        var other = await bench.RunAsync();
        other.ExitCode.ShouldBe(0, other.Errors);
        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Fault_16_a_server_that_stays_away_is_waited_for_without_a_busy_loop()
    {
        await using var cluster = await PrivateCluster.StartAsync();
        await using var bench = await FaultBench.OnAsync(cluster, rows: 1500);
        var patient = bench.Start("--sleep 0.2");
        var impatient = bench.Start("--sleep 0.2 --give-up-after 1");
        await Task.WhenAll(patient.WaitForLineAsync(IsBatch), impatient.WaitForLineAsync(IsBatch));

        await cluster.StopAsync(StopMode.Fast);

        var ended = await impatient.WaitAsync();
        ended.ExitCode.ShouldBe(4, ended.Errors);
        ended.Errors.ShouldContain("stopped after several tries");
        using (var process = Process.GetProcessById(patient.Id))
        {
            // The compiler and the collector of the runtime take their share as well; a busy loop would take all of it.
            var before = process.TotalProcessorTime;
            await Task.Delay(TimeSpan.FromSeconds(2));
            process.Refresh();
            (process.TotalProcessorTime - before).ShouldBeLessThan(TimeSpan.FromSeconds(0.5));
        }

        await cluster.StartServerAsync();
        (await patient.WaitAsync()).ExitCode.ShouldBe(0, patient.Errors);
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Fault_17_a_server_that_recovers_is_waited_for()
    {
        await using var cluster = await PrivateCluster.StartAsync(fsync: true);
        await using var bench = await FaultBench.OnAsync(cluster, rows: 2000);
        var tool = bench.Start("--sleep 0.1");
        await tool.WaitForLineAsync(IsBatch);
        await bench.Table.ExecuteAsync("INSERT INTO sentence_metrics SELECT n FROM generate_series(1000000, 1200000) AS n");
        await cluster.StopAsync(StopMode.Immediate);

        // A start that does not wait: the first connections meet a server in recovery (57P03).
        await cluster.StartServerAsync();

        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        await bench.AuditAsync();
    }

    [Theory]
    [InlineData("after_claim")]
    [InlineData("after_read")]
    [InlineData("before_commit")]
    [InlineData("after_commit")]
    [InlineData("before_complete")]
    public async Task Fault_18_connections_ended_at_each_step(string point)
    {
        await using var bench = await FaultBench.CreateAsync();
        var tool = bench.Start(failpoint: $"{point}:sleep=300");
        var end = tool.WaitAsync();
        await bench.UntilClaimedAsync();
        for (var ended = 0; ended < 6 && !end.IsCompleted; ended += await bench.TerminateAsync())
        {
            await Task.Delay(250);
        }

        (await end).ExitCode.ShouldBe(0, tool.Errors);
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Fault_22_too_many_connections()
    {
        await using var cluster = await PrivateCluster.StartAsync();
        await using var bench = await FaultBench.OnAsync(cluster, rows: 1000);
        await LimitAsync(bench, connections: 3);
        var tool = bench.Start("--workers 8", user: "limited");

        var result = await tool.WaitAsync();

        result.ExitCode.ShouldBe(0, result.Errors);
        result.Errors.ShouldContain("Too many connections");
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Fault_22_one_connection_is_enough_for_one_worker()
    {
        await using var cluster = await PrivateCluster.StartAsync();
        await using var bench = await FaultBench.OnAsync(cluster, rows: 1000);
        await LimitAsync(bench, connections: 1);

        // With frequencies, what is pending is counted on a second connection where there is one.
        var result = await bench.Start("--workers 1", user: "limited", frequency: "always").WaitAsync();

        result.ExitCode.ShouldBe(0, result.Errors);
        await bench.AuditAsync();
    }

    private static async Task LimitAsync(FaultBench bench, int connections)
    {
        await bench.Table.ExecuteAsync($"CREATE ROLE few SUPERUSER LOGIN; CREATE ROLE limited LOGIN CONNECTION LIMIT {connections}; GRANT few TO limited");
        await bench.Table.ExecuteAsync("GRANT ALL ON ALL TABLES IN SCHEMA public, oracle TO limited; GRANT USAGE ON SCHEMA oracle TO limited; GRANT CREATE ON DATABASE postgres TO limited");
    }

    private static bool IsBatch(string line) => line.StartsWith("Processed batch", StringComparison.Ordinal);
}
