using System.Diagnostics;
using System.Globalization;
using IngestEmbeddings.Tests.Faults.Oracle;
using IngestEmbeddings.Tests.Support;
using Npgsql;

namespace IngestEmbeddings.Tests.Faults.Watching;

/// <summary>How long, and how much.</summary>
internal sealed record WatchSoakOptions
{
    /// <summary>How long the application changes rows.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Changes a second.</summary>
    public int Rate { get; init; } = 100;

    /// <summary>Rows of the table at the start.</summary>
    public int Rows { get; init; } = 20_000;

    /// <summary>Processes that watch.</summary>
    public int Processes { get; init; } = 2;

    /// <summary>Processes killed with SIGKILL, and started again.</summary>
    public int Kills { get; init; } = 3;

    /// <summary>Restarts of the server.</summary>
    public int Restarts { get; init; } = 1;
}

/// <summary>What came of it.</summary>
/// <param name="Changes">Rows that were inserted or changed.</param>
/// <param name="Missed">Rows whose last text has no vector in the end.</param>
/// <param name="Double">Versions of rows that were written more than once.</param>
/// <param name="Stale">Vectors ever written that belong to another text than their row had.</param>
/// <param name="Median">Half of the changes were done within this time.</param>
/// <param name="Percentile95">95 % of the changes were done within this time.</param>
/// <param name="ExitCodes">The exit codes of the processes that were asked to stop.</param>
internal sealed record WatchSoakReport(
    int Changes, int Missed, int Double, int Stale, TimeSpan Median, TimeSpan Percentile95, IReadOnlyList<int> ExitCodes)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"changes={Changes} median={Median.TotalSeconds:0.00}s p95={Percentile95.TotalSeconds:0.00}s missed={Missed} double={Double} stale={Stale} exit={string.Join(',', ExitCodes)}");
}

/// <summary>
/// Processes of <c>run --watch</c> over a table that an application changes all the time, leaving the vectors of changed texts in
/// their column; processes are killed and the server is restarted; then all that was written is audited.
/// </summary>
internal sealed class WatchSoak : IAsyncDisposable
{
    private const string Oracle = """
        CREATE TABLE oracle.asked (sentenceid bigint, version integer, at timestamptz);
        CREATE FUNCTION oracle.ask() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                INSERT INTO oracle.asked SELECT sentenceid, version, clock_timestamp() FROM after;
            ELSE
                INSERT INTO oracle.asked SELECT n.sentenceid, n.version, clock_timestamp()
                FROM after AS n JOIN before AS o USING (sentenceid) WHERE n.version <> o.version;
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER ask_inserted AFTER INSERT ON public.sentences
            REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION oracle.ask();
        CREATE TRIGGER ask_updated AFTER UPDATE ON public.sentences
            REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION oracle.ask();
        """;

    private const string Latencies = """
        SELECT coalesce(percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM w.at - a.at)), ARRAY[0, 0])::float8[]
        FROM oracle.asked AS a JOIN (SELECT sentenceid, version, min(at) AS at FROM oracle.written GROUP BY 1, 2) AS w USING (sentenceid, version)
        """;

    private readonly WatchSoakOptions _options;
    private readonly PrivateCluster _cluster;
    private readonly WatchedTable _table;
    private readonly List<ToolProcess> _processes = [];
    private int _starts;

    private WatchSoak(WatchSoakOptions options, PrivateCluster cluster)
    {
        _options = options;
        _cluster = cluster;
        _table = new WatchedTable(cluster.Connection("postgres").ConnectionString, keepsVectors: true);
    }

    /// <summary>Runs it all.</summary>
    public static async Task<WatchSoakReport> RunAsync(WatchSoakOptions options, Action<string> say)
    {
        await using var cluster = await PrivateCluster.StartAsync(fsync: true, "max_connections=100", "max_wal_size=2GB");
        await using var soak = new WatchSoak(options, cluster);
        return await soak.RunAsync(say);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            await process.DisposeAsync();
        }
    }

    private async Task<WatchSoakReport> RunAsync(Action<string> say)
    {
        await _table.CreateAsync(_options.Rows);
        await using (var init = Start("init", "sentences", "--track-changes"))
        {
            var result = await init.WaitAsync(TimeSpan.FromMinutes(1));
            if (result.ExitCode != 0)
            {
                throw new InvalidOperationException(result.Errors);
            }
        }

        for (var number = 0; number < _options.Processes; number++)
        {
            _processes.Add(StartWatching());
        }

        foreach (var process in _processes)
        {
            while (!process.Errors.Contains("Watching", StringComparison.Ordinal))
            {
                if (process.HasExited)
                {
                    throw new InvalidOperationException(process.Errors);
                }

                await Task.Delay(50);
            }
        }

        await _table.ExecuteAsync(Oracle);
        say("every row is done; changes begin");
        using var stop = new CancellationTokenSource();
        var faults = Task.Run(() => InjectAsync(say, stop.Token));
        await ChangeAsync();
        await stop.CancelAsync();
        await faults;
        await SettleAsync();
        var codes = new List<int>();
        foreach (var process in _processes)
        {
            process.Send(UnixSignal.Terminate);
            codes.Add((await process.WaitAsync(TimeSpan.FromMinutes(1))).ExitCode);
        }

        var audit = await Audit.OfAsync(_table);
        var times = await _table.ScalarAsync<double[]>(Latencies);
        return new WatchSoakReport(
            await _table.ScalarAsync<int>("SELECT count(*)::integer FROM oracle.asked"), audit.Lost, audit.Double, audit.Stale,
            TimeSpan.FromSeconds(times[0]), TimeSpan.FromSeconds(times[1]), codes);
    }

    // Ten statements a second; now and then an insert.
    private async Task ChangeAsync()
    {
        var random = new Random(1);
        var clock = Stopwatch.StartNew();
        for (var step = 1; clock.Elapsed < _options.Length; step++)
        {
            try
            {
                if (step % 10 == 0)
                {
                    await _table.InsertAsync($"SELECT {random.NextInt64(_options.Rows * 10L)} + n * 3 FROM generate_series(1, {_options.Rate / 10}) AS n");
                }
                else
                {
                    var keys = string.Join(", ", Enumerable.Range(0, _options.Rate / 10).Select(_ => random.NextInt64(1, _options.Rows + 1) * 10));
                    await _table.ChangeAsync($"sentenceid IN ({keys})");
                }
            }
            catch (NpgsqlException)
            {
                // The server was restarted; an application would try again, too.
            }

            var wait = TimeSpan.FromMilliseconds(100 * step) - clock.Elapsed;
            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
        }
    }

    private async Task InjectAsync(Action<string> say, CancellationToken stopping)
    {
        var faults = _options.Kills + _options.Restarts;
        var pause = _options.Length / (faults + 1);
        for (var fault = 0; fault < faults && !stopping.IsCancellationRequested; fault++)
        {
            await Task.Delay(pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (fault < _options.Kills)
            {
                var killed = _processes[fault % _processes.Count];
                killed.Kill();
                _processes[fault % _processes.Count] = StartWatching();
                await killed.DisposeAsync();
                say($"killed process {fault + 1}, and started another");
            }
            else
            {
                await _cluster.RestartAsync(StopMode.Fast);
                say("restarted the server");
            }
        }
    }

    private async Task SettleAsync()
    {
        const string Left = """
            SELECT count(*)::integer FROM public.sentences AS s LEFT JOIN public.sentence_metrics AS m USING (sentenceid)
            WHERE s.embedding IS NULL OR m.text_hash IS DISTINCT FROM hashtextextended(s.hawaiiantext COLLATE "C", 0)
            """;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(30) && await _table.ScalarAsync<int>(Left) > 0)
        {
            await Task.Delay(100);
        }
    }

    private ToolProcess StartWatching() => Start("run", "sentences", "50", "--watch", "--model", "builtin:hashing", "--frequency", "never", "--lease", "5");

    private ToolProcess Start(params string[] arguments)
    {
        var database = _cluster.Connection("postgres");
        var name = $"watch-{Interlocked.Increment(ref _starts)}";
        return ToolProcess.Start(
            [.. arguments, "--store", $"postgresql://{database.Username}@{database.Host}:{database.Port}/{database.Database}?application_name={name}"]);
    }
}

/// <summary>What <c>eng/soak-watch</c> calls.</summary>
internal static class WatchSoakCommand
{
    /// <summary>Runs the soak and prints what came of it.</summary>
    /// <param name="arguments">Nothing, or the seconds and the changes a second.</param>
    /// <returns>0 when nothing was missed or done twice and 95 % were done within two seconds; else 1.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = new WatchSoakOptions();
        if (arguments is [var seconds, ..])
        {
            options = options with { Length = TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)) };
        }

        if (arguments is [_, var rate, ..])
        {
            options = options with { Rate = int.Parse(rate, CultureInfo.InvariantCulture) };
        }

        var report = await WatchSoak.RunAsync(options, Console.WriteLine);
        Console.WriteLine(report);
        return report is { Missed: 0, Double: 0, Stale: 0 } && report.Percentile95 < TimeSpan.FromSeconds(2) ? 0 : 1;
    }
}
