using System.Diagnostics;
using System.Globalization;
using IngestEmbeddings.Tests.Support;
using Npgsql;

namespace IngestEmbeddings.Tests.Faults.Measurements;

/// <summary>What <c>eng/claim-cost</c> calls: what a claim costs from the first row to the last, while a snapshot pins old versions.</summary>
internal static class ClaimCost
{
    private const int Tenths = 10;

    private const string Claims = """
        SELECT coalesce(sum(calls) FILTER (WHERE query LIKE '%INSERT INTO%'), 0)::bigint, coalesce(sum(shared_blks_hit + shared_blks_read), 0)::bigint
        FROM pg_stat_statements
        WHERE query LIKE '%INSERT INTO ingest_embeddings.key_range%' OR query LIKE 'UPDATE ingest_embeddings.key_range AS c%'
           OR query LIKE 'SELECT frontier%'
        """;

    /// <summary>Measures and prints.</summary>
    /// <param name="arguments">The number of rows, a million without it; the server's shared_buffers, 128MB without it.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var rows = arguments is [var given, ..] ? int.Parse(given, CultureInfo.InvariantCulture) : 1_000_000;
        var tenths = await MeasureAsync(rows, arguments is [_, var buffers] ? buffers : MeasuredTable.DefaultBuffers);
        for (var tenth = 0; tenth < Tenths; tenth++)
        {
            Console.WriteLine($"tenth {tenth + 1}: {tenths[tenth]}");
        }

        var most = tenths.Max(tenth => tenth.Buffers);
        var ratio = tenths[^1].Speed / tenths[0].Speed;
        var cost = tenths[^1].Server / tenths[0].Server;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"most buffers per claim={most:0} last/first: rows a second={ratio:0.00}, processor time of the server for a row={cost:0.00}"));
        return most < 200 && ratio >= 0.85 ? 0 : 1;
    }

    /// <summary>Measures.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="sharedBuffers">The server's own cache.</param>
    public static async Task<IReadOnlyList<Tenth>> MeasureAsync(int rows, string sharedBuffers)
    {
        await using var table = await MeasuredTable.StartAsync(sharedBuffers);
        await table.FillAsync(rows);
        await using var old = await table.ConnectAsync();
        await using var snapshot = await old.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using (var look = new NpgsqlCommand("SELECT count(*) FROM pg_class", old, snapshot))
        {
            await look.ExecuteScalarAsync();
        }

        await table.ExecuteAsync("SELECT pg_stat_statements_reset()");
        return await WatchAsync(table, rows);
    }

    private static async Task<List<Tenth>> WatchAsync(MeasuredTable table, int rows)
    {
        await using var tool = table.Start(workers: 2);
        await using var connection = await table.ConnectAsync();
        var tenths = new List<Tenth>();
        var (since, done, calls, blocks) = (0L, 0L, 0L, 0L);
        var (toolTime, serverTime) = (TimeSpan.Zero, TimeSpan.Zero);
        while (tenths.Count < Tenths)
        {
            var now = tool.HasExited ? rows : Progress(tool);
            if (now > 0 && since == 0)
            {
                // The start of the program is not a part of the work.
                (since, done, toolTime, serverTime) = (Stopwatch.GetTimestamp(), now, ProcessorTime.Of(tool.Id), table.ServerTime);
            }

            if (now >= (long)rows * (tenths.Count + 1) / Tenths)
            {
                var (tools, server) = (ProcessorTime.Of(tool.Id), table.ServerTime);
                var (allCalls, allBlocks) = await ReadAsync(connection);
                tenths.Add(new Tenth(
                    (now - done) / Stopwatch.GetElapsedTime(since).TotalSeconds,
                    // A tenth may have no claim of its own where key ranges are large.
                    allCalls == calls ? tenths.LastOrDefault()?.Buffers ?? 0 : (double)(allBlocks - blocks) / (allCalls - calls),
                    (tools - toolTime).TotalMicroseconds / (now - done),
                    (server - serverTime).TotalMicroseconds / (now - done)));
                (since, done, calls, blocks) = (Stopwatch.GetTimestamp(), now, allCalls, allBlocks);
                (toolTime, serverTime) = (tools, server);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        await tool.WaitAsync();
        return tenths;
    }

    private static async Task<(long Calls, long Blocks)> ReadAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Claims, connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    // "Processed batch: 500 Progress: 1500 / 1000000 | …"
    private static long Progress(ToolProcess tool)
    {
        // The last line alone: to read all of them again each time would take the more time the further the run is.
        var output = tool.OutputLines.Last;
        var start = output.LastIndexOf("Progress: ", StringComparison.Ordinal);
        return start < 0 ? 0 : long.Parse(output[(start + 10)..].Split(' ', 2)[0], CultureInfo.InvariantCulture);
    }

    /// <summary>A tenth of the rows.</summary>
    /// <param name="Speed">Rows a second, by the clock.</param>
    /// <param name="Buffers">Buffers that a claim touched.</param>
    /// <param name="Tool">Microseconds of processor time for a row that the program took.</param>
    /// <param name="Server">The same of the server.</param>
    internal sealed record Tenth(double Speed, double Buffers, double Tool, double Server)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Speed:0} rows/s, {Buffers:0} buffers per claim, {Tool:0.0} + {Server:0.0} µs of processor time a row");
    }
}
