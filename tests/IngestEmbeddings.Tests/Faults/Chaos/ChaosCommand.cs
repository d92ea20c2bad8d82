namespace IngestEmbeddings.Tests.Faults.Chaos;

/// <summary>What <c>eng/chaos</c> calls.</summary>
internal static class ChaosCommand
{
    /// <summary>Runs the chaos and prints what came of it.</summary>
    /// <returns>0 when every promise was kept; with a guard switched off, 0 when one was broken; else 1.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        ChaosOptions options;
        try
        {
            options = ChaosOptions.Parse(arguments);
        }
        catch (ArgumentException mistake)
        {
            await Console.Error.WriteLineAsync(mistake.Message);
            return 2;
        }

        var report = await ChaosRun.RunAsync(options, Console.WriteLine);
        Console.WriteLine($"rows={report.Audit.Rows} writes={report.Audit.Writes} failed={report.Audit.Failed} intruded={report.Audit.Intruded} gaps={report.Audit.Gaps}");
        Console.WriteLine($"seed={options.Seed} seconds={report.Elapsed.TotalSeconds:0}");
        // A write by a worker that had lost its claim does the work of the one that has it a second time.
        Console.WriteLine($"lost={report.Audit.Lost} double={report.Audit.Double + report.Audit.Intruded} stale={report.Audit.Stale}");
        foreach (var surprise in report.Surprises.Take(5))
        {
            await Console.Error.WriteLineAsync(surprise);
        }

        var kept = report.Audit is { IsClean: true, Failed: 0 } && report.Surprises.Count == 0;
        return kept == (options.Without is null) ? 0 : 1;
    }
}
