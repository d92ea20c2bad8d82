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
        WHERE query LIKE '%INSERT INTO ingest_embeddings.chunk%' OR query LIKE 'UPDATE ingest_embeddings.chunk AS c%'
           OR query LIKE 'SELECT frontier%'
        """;

    /// <summary>Measures and prints.</summary>
    /// <param name="arguments">The number of rows; a million without it.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var rows = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 1_000_000;
        await using var table = await MeasuredTable.StartAsync();
        await table.FillAsync(rows);
        await using var old = await table.ConnectAsync();
        await using var snapshot = await old.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using (var look = new NpgsqlCommand("SELECT count(*) FROM pg_class", old, snapshot))
        {
            await look.ExecuteScalarAsync();
        }

        await table.ExecuteAsync("SELECT pg_stat_statements_reset()");
        var (speeds, buffers) = await WatchAsync(table, rows);
        for (var tenth = 0; tenth < Tenths; tenth++)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"tenth {tenth + 1}: {speeds[tenth]:0} rows/s, {buffers[tenth]:0} buffers per claim"));
        }

        var ratio = speeds[^1] / speeds[0];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"most buffers per claim={buffers.Max():0} last/first={ratio:0.00}"));
        return buffers.Max() < 200 && ratio >= 0.85 ? 0 : 1;
    }

    private static async Task<(List<double> Speeds, List<double> Buffers)> WatchAsync(MeasuredTable table, int rows)
    {
        await using var tool = table.Start(workers: 2);
        await using var connection = await table.ConnectAsync();
        var (speeds, buffers) = (new List<double>(), new List<double>());
        var (since, done, calls, blocks) = (0L, 0L, 0L, 0L);
        while (speeds.Count < Tenths)
        {
            var now = tool.HasExited ? rows : Progress(tool);
            if (now > 0 && since == 0)
            {
                // The start of the program is not a part of the work.
                (since, done) = (Stopwatch.GetTimestamp(), now);
            }

            if (now >= (long)rows * (speeds.Count + 1) / Tenths)
            {
                speeds.Add((now - done) / Stopwatch.GetElapsedTime(since).TotalSeconds);
                var (allCalls, allBlocks) = await ReadAsync(connection);
                // A tenth may have no claim of its own where chunks are large.
                buffers.Add(allCalls == calls ? buffers.LastOrDefault() : (double)(allBlocks - blocks) / (allCalls - calls));
                (since, done, calls, blocks) = (Stopwatch.GetTimestamp(), now, allCalls, allBlocks);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        await tool.WaitAsync();
        return (speeds, buffers);
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
}
