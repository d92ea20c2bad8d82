using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Matrix;

/// <summary>The program is killed, stopped or asked to stop.</summary>
public class KillFaultTests
{
    private const int Killed = 137;

    // A pause after each batch, so that a kill hits between two.
    private const string SmallWrites = "--sleep 0.01";

    [Fact]
    public async Task Fault_01_kill_after_claim_before_read()
    {
        await using var bench = await FaultBench.CreateAsync();

        (await bench.RunAsync(failpoint: "after_claim:kill")).ExitCode.ShouldBe(Killed);

        (await bench.FinishAsync()).Writes.ShouldBe(600);
    }

    [Fact]
    public async Task Fault_02_kill_during_inference()
    {
        await using var bench = await FaultBench.CreateAsync();

        (await bench.RunAsync(failpoint: "after_embed:kill")).ExitCode.ShouldBe(Killed);

        (await bench.FinishAsync()).Writes.ShouldBe(600);
    }

    [Fact]
    public async Task Fault_03_kill_after_update_before_commit()
    {
        await using var bench = await FaultBench.CreateAsync();

        (await bench.RunAsync(SmallWrites, failpoint: "before_commit:kill@3")).ExitCode.ShouldBe(Killed);

        // The server rolls back as soon as it sees that the connection is gone.
        await bench.UntilAsync("NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'tool-%' AND datname = current_database())");
        (await bench.Table.ScalarAsync<long>("SELECT count(*) FROM oracle.written")).ShouldBe(100);
        (await bench.FinishAsync()).Writes.ShouldBe(600);
    }

    [Fact]
    public async Task Fault_04_kill_after_commit_before_bookkeeping()
    {
        await using var bench = await FaultBench.CreateAsync();

        (await bench.RunAsync(SmallWrites, failpoint: "after_commit:kill@3")).ExitCode.ShouldBe(Killed);

        var rest = await bench.RunAsync();
        rest.ExitCode.ShouldBe(0, rest.Errors);
        FaultBench.Processed(rest).ShouldBe(450);
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Fault_05_kill_between_last_batch_and_completion()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 200);

        (await bench.RunAsync(failpoint: "before_complete:kill")).ExitCode.ShouldBe(Killed);

        var rest = await bench.RunAsync();
        rest.ExitCode.ShouldBe(0, rest.Errors);
        FaultBench.Processed(rest).ShouldBe(0);
        await bench.AuditAsync();
    }

    [Fact]
    public async Task A_rerun_on_the_same_machine_does_not_wait_for_the_lease_of_a_killed_run()
    {
        await using var bench = await FaultBench.CreateAsync();

        (await bench.Start(failpoint: "after_claim:kill", lease: 3600).WaitAsync()).ExitCode.ShouldBe(Killed);

        var rest = await bench.Start(lease: 3600).WaitAsync();
        rest.ExitCode.ShouldBe(0, rest.Errors);
        FaultBench.Processed(rest).ShouldBe(600);
    }

    [Fact]
    public async Task A_run_that_waits_for_a_process_of_the_same_machine_goes_on_when_that_is_killed()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 100);
        var killed = bench.Start(failpoint: "after_claim:sleep=600000", lease: 3600);
        await bench.UntilClaimedAsync();
        var waiting = bench.Start(lease: 3600);
        await bench.UntilAsync("(SELECT count(*) FROM ingest_embeddings.worker) = 2");

        killed.Kill();

        FaultBench.Processed(await waiting.WaitAsync()).ShouldBe(100);
    }

    [Fact]
    public async Task Waiting_for_another_process_is_said()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 100);
        var slow = bench.Start(failpoint: "after_claim:sleep=8000", lease: 3600);
        await bench.UntilClaimedAsync();

        var waiting = await bench.Start(lease: 3600).WaitAsync();

        waiting.Errors.ShouldContain("Waiting for the last rows, which process ");
        FaultBench.Processed(waiting).ShouldBe(0);
        FaultBench.Processed(await slow.WaitAsync()).ShouldBe(100);
    }

    [Fact]
    public async Task Fault_07_all_processes_killed_and_started_again()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 3000);
        ToolProcess[] tools = [bench.Start("--sleep 0.2"), bench.Start("--sleep 0.2"), bench.Start("--sleep 0.2")];
        await Task.WhenAll(tools.Select(tool => tool.WaitForLineAsync(IsBatch)));

        foreach (var tool in tools)
        {
            tool.Kill();
        }

        await Task.WhenAll(tools.Select(tool => tool.WaitAsync()));
        (await bench.FinishAsync()).Writes.ShouldBe(3000);
        (await bench.Table.ScalarAsync<long>("SELECT count(*) FROM ingest_embeddings.run")).ShouldBe(1);
    }

    [Fact]
    public async Task Fault_08_sigterm_keeps_what_is_done_and_gives_claims_back()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 3000);
        var tool = bench.Start("--sleep 0.1", lease: 3600);
        await tool.WaitForLineAsync(IsBatch);

        tool.Send(UnixSignal.Terminate);

        (await tool.WaitAsync(TimeSpan.FromSeconds(20))).ExitCode.ShouldBe(4);
        (await bench.Table.ScalarAsync<long>("SELECT count(*) FROM ingest_embeddings.key_range WHERE state = 1")).ShouldBe(0);
        await bench.FinishAsync();
    }

    [Fact]
    public async Task Fault_09_ctrl_c_twice_ends_at_once()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 3000);
        // The batch in flight takes an hour: only the second signal can end it.
        var tool = bench.Start(failpoint: "before_commit:sleep=3600000@3");
        await bench.UntilAsync("EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'tool-%' AND state = 'idle in transaction')");
        tool.Send(UnixSignal.Interrupt);
        await tool.WaitForLineAsync(line => line.Contains("Stopping", StringComparison.Ordinal));

        tool.Send(UnixSignal.Interrupt);

        (await tool.WaitAsync(TimeSpan.FromSeconds(20))).ExitCode.ShouldBe(130);
        await bench.FinishAsync();
    }

    [Fact]
    public async Task Fault_10_stopped_for_longer_than_the_lease()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 1500);
        var paused = bench.Start("--sleep 0.3");
        await paused.WaitForLineAsync(IsBatch);
        await bench.Table.WatchRangesAsync();
        paused.Send(UnixSignal.Stop);

        // The other one waits until the lease has run out, and then does it all.
        var other = await bench.RunAsync();
        other.ExitCode.ShouldBe(0, other.Errors);
        paused.Send(UnixSignal.Continue);

        var late = await paused.WaitAsync();
        late.ExitCode.ShouldBe(0, late.Errors);
        late.Errors.ShouldContain("was taken over by another worker");
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Fault_11_a_starved_process_keeps_its_lease_or_loses_it_cleanly()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 1500);
        using var stop = new CancellationTokenSource();
        var busy = Enumerable.Range(0, Environment.ProcessorCount * 2).Select(_ => Task.Factory.StartNew(
            () => SpinWait.SpinUntil(() => stop.IsCancellationRequested), TaskCreationOptions.LongRunning)).ToArray();
        ToolProcess[] tools = [bench.Start("--workers 2"), bench.Start("--workers 2")];

        var results = await Task.WhenAll(tools.Select(tool => tool.WaitAsync()));

        await stop.CancelAsync();
        await Task.WhenAll(busy);
        results.ShouldAllBe(result => result.ExitCode == 0);
        await bench.AuditAsync();
    }

    private static bool IsBatch(string line) => line.StartsWith("Processed batch", StringComparison.Ordinal);
}
