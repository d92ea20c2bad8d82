using System.Diagnostics;
using System.Globalization;
using IngestEmbeddings.Tests.Support;

namespace IngestEmbeddings.Tests.Faults.Measurements;

/// <summary>What <c>eng/coordination</c> calls: four processes with a worker each against one process with four workers.</summary>
internal static class Coordination
{
    private const int Workers = 4;

    /// <summary>Measures and prints.</summary>
    /// <param name="arguments">The number of rows, 400,000 without it; the number of rounds, 5 without it.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var rows = arguments is [var given, ..] ? int.Parse(given, CultureInfo.InvariantCulture) : 400_000;
        var rounds = arguments is [_, var turns] ? int.Parse(turns, CultureInfo.InvariantCulture) : 5;
        var (one, many) = await MeasureAsync(rows, rounds);
        // Each with its neighbour, and the median of that: the machine is faster at one time than at another, for both alike.
        var ratio = Median(many.Zip(one, static (several, single) => several.Speed / single.Speed));
        var cost = Median(many.Zip(one, static (several, single) => several.Time / single.Time));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"rows/s ratio={ratio:0.00} processor time ratio={cost:0.00}"));
        return ratio >= 0.9 ? 0 : 1;
    }

    /// <summary>Measures by turns.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="rounds">How often each is measured.</param>
    public static async Task<(IReadOnlyList<Measured> One, IReadOnlyList<Measured> Many)> MeasureAsync(int rows, int rounds)
    {
        await using var table = await MeasuredTable.StartAsync();
        var (one, many) = (new List<Measured>(), new List<Measured>());
        for (var round = 0; round < rounds; round++)
        {
            one.Add(await MeasureAsync(table, rows, processes: 1));
            many.Add(await MeasureAsync(table, rows, processes: Workers));
            Console.WriteLine($"one process with {Workers} workers: {one[^1]}; {Workers} processes with one: {many[^1]}");
        }

        return (one, many);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static async Task<Measured> MeasureAsync(MeasuredTable table, int rows, int processes)
    {
        await table.FillAsync(rows);
        var tools = Enumerable.Range(0, processes).Select(_ => table.Start(Workers / processes)).ToList();
        try
        {
            // From the middle on: that each process starts a runtime and compiles the program for itself is not what coordination costs.
            var before = await UntilAsync(tools, rows / 2);
            var (since, tool, server) = (Stopwatch.GetTimestamp(), TimeOf(tools), table.ServerTime);
            var after = await UntilAsync(tools, rows / 20 * 19);
            var (seconds, done) = (Stopwatch.GetElapsedTime(since).TotalSeconds, after - before);
            var measured = new Measured(
                done / seconds, (TimeOf(tools) - tool).TotalMicroseconds / done, (table.ServerTime - server).TotalMicroseconds / done);
            await Task.WhenAll(tools.Select(tool => tool.WaitAsync(TimeSpan.FromMinutes(10))));
            return measured;
        }
        finally
        {
            foreach (var tool in tools)
            {
                await tool.DisposeAsync();
            }
        }
    }

    private static TimeSpan TimeOf(List<ToolProcess> tools) =>
        tools.Aggregate(TimeSpan.Zero, (sum, tool) => sum + ProcessorTime.Of(tool.Id));

    private static async Task<int> UntilAsync(List<ToolProcess> tools, int rows)
    {
        int done;
        while ((done = tools.Sum(Batches) * 500) < rows)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        return done;
    }

    // All lines but the first one or two, which say how the program runs, are batches.
    private static int Batches(ToolProcess tool) => Math.Max(0, tool.OutputLines.Count - 2);

    /// <param name="Speed">Rows a second, by the clock.</param>
    /// <param name="Tools">Microseconds of processor time for a row that the program takes.</param>
    /// <param name="Server">The same of the server.</param>
    internal sealed record Measured(double Speed, double Tools, double Server)
    {
        /// <summary>Microseconds of processor time for a row, of both together.</summary>
        public double Time => Tools + Server;

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{Speed:0} rows/s ({Tools:0.0} + {Server:0.0} µs of processor time a row)");
    }
}
