using System.Diagnostics;
using System.Globalization;
using IngestEmbeddings.Tests.Support;

namespace IngestEmbeddings.Tests.Faults.Measurements;

/// <summary>What <c>eng/coordination</c> calls: four processes with a worker each against one process with four workers.</summary>
internal static class Coordination
{
    private const int Workers = 4;

    /// <summary>Measures and prints.</summary>
    /// <param name="arguments">The number of rows; 400,000 without it.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var rows = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 400_000;
        var (one, many) = await MeasureAsync(rows, rounds: 3);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"one process with {Workers} workers: {one:0} rows/s; {Workers} processes with one: {many:0} rows/s; ratio={many / one:0.00}"));
        return many >= 0.9 * one ? 0 : 1;
    }

    /// <summary>Measures by turns, and takes the best of each: the machine has other things to do, too.</summary>
    /// <returns>The rows a second of one process, and of several.</returns>
    public static async Task<(double One, double Many)> MeasureAsync(int rows, int rounds)
    {
        await using var table = await MeasuredTable.StartAsync();
        var (one, many) = (0.0, 0.0);
        for (var round = 0; round < rounds; round++)
        {
            one = Math.Max(one, await MeasureAsync(table, rows, processes: 1));
            many = Math.Max(many, await MeasureAsync(table, rows, processes: Workers));
        }

        return (one, many);
    }

    private static async Task<double> MeasureAsync(MeasuredTable table, int rows, int processes)
    {
        await table.FillAsync(rows);
        var tools = Enumerable.Range(0, processes).Select(_ => table.Start(Workers / processes)).ToList();
        try
        {
            // From the middle on: that each process starts a runtime and compiles the program for itself is not what coordination costs.
            var before = await UntilAsync(tools, rows / 2);
            var since = Stopwatch.GetTimestamp();
            var after = await UntilAsync(tools, rows / 20 * 19);
            var speed = (after - before) / Stopwatch.GetElapsedTime(since).TotalSeconds;
            await Task.WhenAll(tools.Select(tool => tool.WaitAsync(TimeSpan.FromMinutes(10))));
            return speed;
        }
        finally
        {
            foreach (var tool in tools)
            {
                await tool.DisposeAsync();
            }
        }
    }

    private static async Task<int> UntilAsync(List<ToolProcess> tools, int rows)
    {
        int done;
        while ((done = tools.Sum(Batches) * 500) < rows)
        {
            if (tools.TrueForAll(tool => tool.HasExited))
            {
                throw new InvalidOperationException($"The program ended after {done} rows.\n{string.Join('\n', tools.Select(tool => tool.Errors))}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        return done;
    }

    private static int Batches(ToolProcess tool) => tool.Output.Split('\n').Count(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
}
