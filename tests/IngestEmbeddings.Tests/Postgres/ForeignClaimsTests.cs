using System.Diagnostics;
using IngestEmbeddings.Postgres.Claims;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

public class ForeignClaimsTests
{
    [Fact]
    public void This_process_runs_and_one_that_never_was_does_not()
    {
        ForeignClaims.IsRunning(Environment.ProcessId).ShouldBeTrue();
        ForeignClaims.IsRunning(int.MaxValue).ShouldBeFalse();
    }

    [Fact]
    public async Task A_process_that_has_ended_unnoticed_by_its_parent_does_not_run()
    {
        // The shell becomes a program that never asks how its child ended.
        using var parent = Process.Start(new ProcessStartInfo("sh", ["-c", "true & echo $!; exec sleep 60"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        try
        {
            var child = int.Parse((await parent.StandardOutput.ReadLineAsync())!);
            SpinWait.SpinUntil(() => !ForeignClaims.IsRunning(child), TimeSpan.FromSeconds(20)).ShouldBeTrue();
        }
        finally
        {
            parent.Kill();
        }
    }
}
