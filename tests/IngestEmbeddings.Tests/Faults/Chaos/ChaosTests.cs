using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Chaos;

/// <summary>Short forms of <c>eng/chaos</c>.</summary>
public class ChaosTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Fault_06_random_kills_lose_nothing_and_write_nothing_twice()
    {
        var report = await ChaosRun.RunAsync(
            new ChaosOptions { Rows = 3000, Kills = 10, Terminates = 6, Pauses = 4, Restarts = 2 }, output.WriteLine);

        output.WriteLine(report.Audit.ToString());
        report.Surprises.ShouldBeEmpty();
        report.Audit.ShouldBeClean();
    }

    [Fact]
    public async Task Fault_06_random_kills_do_no_harm_to_a_separate_table()
    {
        var report = await ChaosRun.RunAsync(
            new ChaosOptions { Rows = 3000, Kills = 8, Terminates = 4, Pauses = 3, Restarts = 2, Into = VectorPlace.Table }, output.WriteLine);

        output.WriteLine(report.Audit.ToString());
        report.Surprises.ShouldBeEmpty();
        report.Audit.ShouldBeClean();
    }

    [Fact]
    public async Task Fault_06_changed_texts_whose_vectors_were_kept_are_all_done_again()
    {
        var report = await ChaosRun.RunAsync(
            new ChaosOptions { Rows = 3000, Kills = 8, Terminates = 4, Pauses = 3, Restarts = 2, KeepsVectors = true }, output.WriteLine);

        output.WriteLine(report.Audit.ToString());
        report.Surprises.ShouldBeEmpty();
        report.Audit.ShouldBeClean();
    }

    [Fact]
    public async Task Fault_06_a_table_that_is_touched_all_the_time_is_done()
    {
        var report = await ChaosRun.RunAsync(
            new ChaosOptions { Rows = 3000, Kills = 6, Terminates = 3, Pauses = 2, Restarts = 1, Touch = 300 }, output.WriteLine);

        output.WriteLine(report.Audit.ToString());
        report.Surprises.ShouldBeEmpty();
        report.Audit.ShouldBeClean();
    }

    [Fact]
    public async Task Without_the_fence_a_paused_worker_intrudes()
    {
        var report = await ChaosRun.RunAsync(
            new ChaosOptions { Rows = 3000, Kills = 2, Terminates = 0, Pauses = 6, Restarts = 0, Without = "fence" }, output.WriteLine);

        report.Audit.Intruded.ShouldBeGreaterThan(0, report.Audit.ToString());
    }

    [Fact]
    public async Task Without_the_source_guard_vectors_of_old_texts_are_written()
    {
        var report = await ChaosRun.RunAsync(
            new ChaosOptions { Rows = 3000, Kills = 2, Terminates = 0, Pauses = 2, Restarts = 0, Without = "source-guard" }, output.WriteLine);

        report.Audit.Stale.ShouldBeGreaterThan(0, report.Audit.ToString());
    }
}
