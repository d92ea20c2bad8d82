using System.Diagnostics;
using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Benchmarks.Database;

/// <summary>
/// The tool against the database's own speed and against the row-at-a-time way. Things that are compared with each other are
/// measured in turns, so that a machine that slows down slows all of them, and medians are compared.
/// </summary>
internal sealed class DatabaseBenchmark(DatabaseOptions options, Tables tables, int rows)
{
    // Any vector does: the database does the same work for all of them.
    private const string FilledVector = "(SELECT array_agg(sin(i))::vector(384) FROM generate_series(1, 384) AS i)";

    // A model this fast is worth large batches: what a transaction costs by itself shows beside it.
    private const string VectorBatch = "10000";

    private readonly Report _report = new();
    private readonly Tool _tool = new(options.Program);

    // A run takes half a second, and a neighbour's hiccup a tenth of one.
    private int MetricsRounds => 3 * options.Rounds;

    /// <summary>Runs the parts asked for and prints the report.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = DatabaseOptions.Parse(arguments);
        await using var tables = await Tables.CreateAsync(options);
        var rows = options.Rows > 0 ? options.Rows : (int)await tables.ScalarAsync<long>("SELECT count(*) FROM corpus");
        var benchmark = new DatabaseBenchmark(options, tables, rows);
        Console.WriteLine($"{rows:N0} rows, {options.Rounds} rounds, {benchmark.MetricsRounds} of metrics, {Environment.ProcessorCount} cores; {await tables.DescribeAsync()}\n");
        try
        {
            foreach (var part in options.Only)
            {
                Console.Error.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {part}");
                await (part switch
                {
                    "metrics" => benchmark.MetricsAsync(),
                    "twin" => benchmark.TwinAsync(),
                    "vectors" => benchmark.VectorsAsync(),
                    "index" => benchmark.IndexAsync(),
                    "triggers" => benchmark.TriggersAsync(),
                    "rerun" => benchmark.RerunAsync(),
                    "memory" => benchmark.MemoryAsync(),
                    _ => throw new ArgumentException($"{part} is not one of {string.Join(", ", DatabaseOptions.Parts)}."),
                });
            }
        }
        finally
        {
            // A part that fails takes nothing from those before it.
            benchmark._report.Print(Console.Out);
        }

        return 0;
    }

    private async Task MetricsAsync()
    {
        const string Constants = """
            INSERT INTO sentence_metrics (sentenceid, word_ratio, word_count, length, entity_count)
            SELECT id, 0.5, 10, 50, 1 FROM sentences
            """;
        await tables.CreateSentencesAsync(rows, FilledVector);
        await ToolAsync("init");
        var server = _report.Series("server: INSERT … SELECT of constants", rows);
        var plain = _report.Series("tool: --metrics-only --workers 2", rows);
        var counted = _report.Series("tool: --metrics-only --workers 2 --frequency always", rows);
        var forDotnet = options.Program == Tool.ForDotnet ? null : _report.Series("the same, the program for .NET", rows);
        for (var round = 0; round < MetricsRounds; round++)
        {
            await EmptyMetricsAsync();
            await MeasureAsync(server, () => tables.ExecuteAsync(Constants));
            if (forDotnet is not null)
            {
                await EmptyMetricsAsync();
                await ToolAsync(forDotnet, new Tool(Tool.ForDotnet), "--metrics-only", "--workers", "2");
            }

            await EmptyMetricsAsync();
            await ToolAsync(plain, "--metrics-only", "--workers", "2");
            await CheckAsync("SELECT count(*) FROM sentence_metrics", rows);
            await EmptyMetricsAsync();
            await ToolAsync(counted, "--metrics-only", "--workers", "2", "--frequency", "always");
            await CheckAsync(
                """
                SELECT count(*) FROM sentence_metrics m JOIN sentences s ON s.id = m.sentenceid
                JOIN (SELECT text, count(*) FROM sentences GROUP BY text) g ON g.text = s.text AND g.count = m.frequency
                """,
                rows);
        }

        _report.Ratio("metrics only ÷ server's INSERT", plain.RowsPerSecond / server.RowsPerSecond, 0.40);
        _report.Target(new Target("time with frequency ÷ without", counted.MedianSeconds / plain.MedianSeconds, 1.3, IsUpper: true));
    }

    private async Task TwinAsync()
    {
        var slow = options.SlowRows;
        await tables.CreateSentencesAsync(slow, FilledVector);
        await ToolAsync("init");
        var twin = _report.Series("row at a time: metrics", slow);
        var counting = _report.Series("row at a time: metrics and frequency", slow);
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var series in (Series[])[twin, counting])
            {
                await EmptyMetricsAsync();
                // One count of equal texts reads the whole table: once is enough to see it.
                if (series == twin || round == 0)
                {
                    await MeasureAsync(series, async () =>
                    {
                        await using var connection = await tables.ConnectAsync();
                        await new RowAtATime(connection, series == counting).MeasureAsync();
                    });
                    await CheckAsync("SELECT count(*) FROM sentence_metrics", slow);
                }
            }
        }

        if (_report.Find("tool: --metrics-only --workers 2") is { } tool)
        {
            _report.Ratio("metrics only ÷ row at a time", tool.RowsPerSecond / twin.RowsPerSecond, 15);
        }
    }

    private async Task VectorsAsync()
    {
        await tables.ExecuteAsync($"""
            DROP TABLE IF EXISTS filled;
            CREATE TABLE filled (id bigint PRIMARY KEY, embedding vector(384));
            INSERT INTO filled SELECT number, {FilledVector} FROM generate_series(1, {rows}) AS number
            """);
        await tables.ExecuteAsync("VACUUM ANALYZE filled");
        var server = _report.Series("server: UPDATE … FROM a filled table", rows);
        var column = _report.Series($"tool: {VectorBatch} --model builtin:hashing --workers 2, column mode", rows);
        var side = _report.Series($"tool: {VectorBatch} --model builtin:hashing --workers 2, side table", rows);
        var twin = _report.Series("row at a time: vectors and metrics", options.SlowRows);
        for (var round = 0; round < options.Rounds; round++)
        {
            await tables.CreateSentencesAsync(rows);
            await tables.SettleAsync();
            await MeasureAsync(server, () => tables.ExecuteAsync(
                "UPDATE sentences AS s SET embedding = f.embedding FROM filled AS f WHERE f.id = s.id"));

            await tables.CreateSentencesAsync(rows);
            await ToolAsync("init");
            await tables.SettleAsync();
            await ToolAsync(column, VectorBatch, "--model", "builtin:hashing", "--workers", "2");
            await CheckAsync("SELECT count(*) FROM sentences JOIN sentence_metrics ON sentenceid = id WHERE embedding IS NOT NULL", rows);

            await tables.CreateSentencesAsync(rows, vectors: null);
            await tables.SettleAsync();
            await ToolAsync("init", "--into", "table");
            await ToolAsync(side, VectorBatch, "--model", "builtin:hashing", "--workers", "2");
            await CheckAsync("SELECT count(*) FROM sentences_embeddings JOIN sentence_metrics ON sentenceid = id", rows);
        }

        await tables.CreateSentencesAsync(options.SlowRows);
        await ToolAsync("init");
        await MeasureAsync(twin, async () =>
        {
            await using var connection = await tables.ConnectAsync();
            await using IEncoder encoder = new HashingEncoder();
            await new RowAtATime(connection, frequency: false).EncodeAsync(encoder);
        });

        _report.Ratio("column mode ÷ server's UPDATE", column.RowsPerSecond / server.RowsPerSecond, 0.50);
        _report.Ratio("side table ÷ column mode", side.RowsPerSecond / column.RowsPerSecond, 1.5);
    }

    private async Task IndexAsync()
    {
        var through = _report.Series("tool: through an HNSW index", options.SlowRows);
        var rebuilt = _report.Series("tool: --rebuild-index --index-workers 1, the rebuild included", options.SlowRows);
        var throughByTwo = _report.Series("tool: --workers 2, through an HNSW index", options.SlowRows);
        var rebuiltByTwo = _report.Series("tool: --workers 2 --rebuild-index --index-workers 1, the rebuild included", options.SlowRows);
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var series in (Series[])[through, rebuilt, throughByTwo, rebuiltByTwo])
            {
                await tables.CreateSentencesAsync(options.SlowRows);
                await tables.ExecuteAsync("CREATE INDEX ON sentences USING hnsw (embedding vector_cosine_ops)");
                await ToolAsync("init");
                await tables.SettleAsync();
                string[] workers = series == throughByTwo || series == rebuiltByTwo ? ["--workers", "2"] : [];
                string[] how = series == rebuilt || series == rebuiltByTwo ? ["--rebuild-index", "--index-workers", "1"] : [];
                await ToolAsync(series, ["--model", "builtin:hashing", .. workers, .. how]);
                await CheckAsync(
                    "SELECT count(*) FROM pg_index WHERE indrelid = 'sentences'::regclass AND NOT indisprimary AND indisvalid", 1);
            }
        }

        _report.Ratio("rebuild ÷ through the index", rebuilt.RowsPerSecond / through.RowsPerSecond, 5);
        _report.Ratio("the same with --workers 2, which loads through the index on both cores", rebuiltByTwo.RowsPerSecond / throughByTwo.RowsPerSecond);
    }

    // What an application pays for a table that notes its changes.
    private async Task TriggersAsync()
    {
        foreach (var (name, vectors) in ((string, string?)[])[("with vectors", FilledVector), ("of texts alone", null)])
        {
            await tables.CreateSentencesAsync(options.BulkRows, vectors);
            await ToolAsync("init", ["--track-changes", .. vectors is null ? (string[])["--into", "table"] : []]);
            foreach (var count in (int[])[options.BulkRows, options.BulkRows / 200])
            {
                var plain = _report.Series($"server: UPDATE of {count:N0} texts, table {name}", count);
                var noted = _report.Series($"the same, with the triggers", count);
                for (var round = 0; round < MetricsRounds; round++)
                {
                    // The new versions of all rows lie in one half of the table, then in the other: each series is measured in both.
                    (Series, string)[] turns = [(plain, "DISABLE"), (noted, "ENABLE")];
                    foreach (var (series, state) in round % 2 == 0 ? turns : turns.Reverse())
                    {
                        await tables.ExecuteAsync($"ALTER TABLE sentences {state} TRIGGER USER; TRUNCATE ingest_embeddings.change");
                        await tables.ExecuteAsync("VACUUM sentences");
                        await tables.ExecuteAsync("CHECKPOINT");
                        await MeasureAsync(series, () => tables.ExecuteAsync($"UPDATE sentences SET text = text || '!' WHERE id <= {count}"));
                        await CheckAsync("SELECT count(*) FROM ingest_embeddings.change", series == plain ? 0 : count > 1000 ? 1 : count);
                    }

                }

                var ratio = noted.MedianSeconds / plain.MedianSeconds;
                _report.Target(new Target(
                    $"UPDATE of {count:N0} texts with the triggers ÷ without, table {name}", ratio, count == options.BulkRows ? 1.1 : null, IsUpper: true));
            }

            await tables.SettleAsync();
        }
    }

    private async Task RerunAsync()
    {
        await tables.CreateSentencesAsync(rows);
        await ToolAsync("init");
        await ToolAsync("run", "--model", "builtin:hashing", "--workers", "2");
        await tables.ExecuteAsync("VACUUM ANALYZE sentences");
        await tables.ExecuteAsync("VACUUM ANALYZE sentence_metrics");
        var now = _report.Series("tool: a rerun with nothing to do", rows);
        var former = options.Before is { } program
            ? (Series: _report.Series("the same, the program before", rows), Tool: new Tool(program))
            : ((Series Series, Tool Tool)?)null;
        for (var round = 0; round < MetricsRounds; round++)
        {
            await ToolAsync(now, "--model", "builtin:hashing");
            if (former is { } before)
            {
                // Each version keeps its own state, and knows nothing of the other's.
                await tables.ExecuteAsync("ALTER SCHEMA ingest_embeddings RENAME TO state_now; CREATE SCHEMA IF NOT EXISTS state_before; ALTER SCHEMA state_before RENAME TO ingest_embeddings");
                await ToolAsync(before.Series, before.Tool, "--model", "builtin:hashing");
                await tables.ExecuteAsync("ALTER SCHEMA ingest_embeddings RENAME TO state_before; ALTER SCHEMA state_now RENAME TO ingest_embeddings");
            }
        }

        if (former is { } measured)
        {
            _report.Target(new Target(
                "a rerun with nothing to do ÷ the program before", now.MedianSeconds / measured.Series.MedianSeconds, 1.5, IsUpper: true));
        }

        await tables.ExecuteAsync("DROP SCHEMA IF EXISTS state_before CASCADE");
    }

    private async Task MemoryAsync()
    {
        foreach (var count in (int[])[rows, options.LargeRows])
        {
            await tables.CreateSentencesAsync(count);
            await ToolAsync("init");
            await tables.SettleAsync();
            var (_, _, encoding) = await _tool.RunAsync(Arguments("run", "--model", "builtin:hashing", "--workers", "2"));
            await EmptyMetricsAsync();
            var (_, _, measuring) = await _tool.RunAsync(Arguments("run", "--metrics-only", "--workers", "2", "--frequency", "always"));
            foreach (var (what, peak) in ((string, double)[])[("builtin:hashing", encoding), ("--metrics-only", measuring)])
            {
                _report.Target(new Target($"peak memory, {what}, {count:N0} rows", peak, 250, IsUpper: true, Unit: " MB"));
            }
        }
    }

    private async Task EmptyMetricsAsync()
    {
        await tables.ExecuteAsync("TRUNCATE sentence_metrics");
        await tables.SettleAsync();
    }

    private async Task CheckAsync(string count, long expected)
    {
        var actual = await tables.ScalarAsync<long>(count);
        if (actual != expected)
        {
            throw new InvalidOperationException($"{actual} instead of {expected}: {count}");
        }
    }

    private async Task MeasureAsync(Series series, Func<Task> work)
    {
        var server = await tables.ProcessorSecondsAsync();
        using var here = Process.GetCurrentProcess();
        var client = here.TotalProcessorTime;
        var started = Stopwatch.GetTimestamp();
        await work();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        here.Refresh();
        series.Add(seconds, await tables.ProcessorSecondsAsync() - server + (here.TotalProcessorTime - client).TotalSeconds);
    }

    private Task ToolAsync(Series series, params IReadOnlyList<string> arguments) => ToolAsync(series, _tool, arguments);

    private async Task ToolAsync(Series series, Tool tool, params IReadOnlyList<string> arguments)
    {
        var server = await tables.ProcessorSecondsAsync();
        var (seconds, processor, _) = await tool.RunAsync(Arguments("run", arguments));
        series.Add(seconds, await tables.ProcessorSecondsAsync() - server + processor);
    }

    private Task ToolAsync(string command, params IReadOnlyList<string> arguments) => _tool.RunAsync(Arguments(command, arguments));

    private IReadOnlyList<string> Arguments(string command, params IReadOnlyList<string> arguments) =>
        [command, "sentences", "--store", tables.Url, .. arguments];
}
