using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Watching;

/// <summary>A short form of <c>eng/soak-watch</c>.</summary>
public class WatchSoakTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Fault_06_changes_are_done_soon_and_once_while_watchers_are_killed_and_the_server_restarts()
    {
        var report = await WatchSoak.RunAsync(
            new WatchSoakOptions { Length = TimeSpan.FromSeconds(20), Rows = 2000, Kills = 3, Restarts = 1 }, output.WriteLine);

        output.WriteLine(report.ToString());
        report.Changes.ShouldBeGreaterThan(500);
        (report.Missed, report.Double, report.Stale).ShouldBe((0, 0, 0), report.ToString());
        report.ExitCodes.ShouldAllBe(code => code == 0);
        // On a machine that does much else; a soak of ten minutes measures it.
        report.Percentile95.ShouldBeLessThan(TimeSpan.FromSeconds(10), report.ToString());
    }
}
