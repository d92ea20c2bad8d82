using IngestEmbeddings.Tests.Faults.Oracle;
using IngestEmbeddings.Tests.Support;
using Npgsql;
using Shouldly;

namespace IngestEmbeddings.Tests.Faults.Matrix;

/// <summary>A watched table, and the real program to run over it.</summary>
internal sealed class FaultBench : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly PostgresDatabase? _database;
    private readonly List<ToolProcess> _started = [];
    private int _names;

    private FaultBench(NpgsqlConnectionStringBuilder settings, PostgresDatabase? database)
    {
        Settings = settings;
        _database = database;
        Table = new WatchedTable(settings.ConnectionString);
    }

    public WatchedTable Table { get; }

    public NpgsqlConnectionStringBuilder Settings { get; }

    /// <summary>A table in a database of its own on the shared server.</summary>
    public static async Task<FaultBench> CreateAsync(int rows = 600)
    {
        var database = await PostgresDatabase.CreateAsync();
        var bench = new FaultBench(database.Settings, database);
        await bench.Table.CreateAsync(rows);
        return bench;
    }

    /// <summary>A table on a server of the test's own.</summary>
    public static async Task<FaultBench> OnAsync(PrivateCluster cluster, int rows = 600)
    {
        var bench = new FaultBench(cluster.Connection("postgres"), null);
        await bench.Table.CreateAsync(rows);
        return bench;
    }

    /// <summary>Starts the program over the table, with batches of 50 rows and a lease of a second.</summary>
    /// <param name="options">More options, parted by blanks; the later of two wins nothing: do not repeat those given here.</param>
    /// <param name="failpoint">What <c>INGEST_FAILPOINT</c> is to be.</param>
    /// <param name="port">Another port to connect to, such as a proxy's.</param>
    /// <param name="lease">Seconds of the lease.</param>
    /// <param name="query">More of the URL's query, such as <c>Command%20Timeout=3</c>.</param>
    /// <param name="user">Another role.</param>
    /// <param name="host">Another host to connect to; with a port of its own, or several with theirs, <paramref name="port"/> is not used.</param>
    /// <param name="wrapper">Words put before the command.</param>
    /// <param name="environment">More variables.</param>
    /// <param name="frequency">Whether frequencies are counted.</param>
    public ToolProcess Start(
        string options = "",
        string? failpoint = null,
        int? port = null,
        int lease = 1,
        string query = "",
        string? user = null,
        string? host = null,
        IReadOnlyList<string>? wrapper = null,
        IReadOnlyDictionary<string, string>? environment = null,
        string frequency = "never")
    {
        var name = $"tool-{Interlocked.Increment(ref _names)}";
        var authority = host?.Contains(':') == true ? host : $"{host ?? Settings.Host}:{port ?? Settings.Port}";
        var store = $"postgresql://{user ?? Settings.Username}@{authority}/{Settings.Database}" +
            $"?application_name={name}{(query.Length > 0 ? "&" + query : "")}";
        var variables = new Dictionary<string, string>(environment ?? new Dictionary<string, string>());
        if (failpoint is not null)
        {
            variables["INGEST_FAILPOINT"] = failpoint;
        }

        var tool = ToolProcess.Start(
            ["run", "sentences", "50", "--model", "builtin:hashing", "--frequency", frequency, "--lease", $"{lease}", "--store", store,
                .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            variables,
            wrapper);
        _started.Add(tool);
        return tool;
    }

    /// <summary>Runs the program to its end.</summary>
    public Task<ToolResult> RunAsync(string options = "", string? failpoint = null, int? port = null) =>
        Start(options, failpoint, port).WaitAsync();

    /// <summary>Runs the program, which must do all that is left, and audits the table.</summary>
    public async Task<Audit> FinishAsync()
    {
        var result = await RunAsync();
        result.ExitCode.ShouldBe(0, result.Errors);
        return await AuditAsync();
    }

    /// <summary>Audits the table, of which nothing may be left to do.</summary>
    public async Task<Audit> AuditAsync()
    {
        var audit = await Audit.OfAsync(Table);
        audit.ShouldBeClean();
        return audit;
    }

    /// <summary>Waits until a query gives true.</summary>
    public Task UntilAsync(string condition) => UntilAsync(() => Table.ScalarAsync<bool>($"SELECT {condition}"), condition);

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience, what);
            await Task.Delay(Poll);
        }
    }

    /// <summary>Waits until a key range is claimed.</summary>
    public Task UntilClaimedAsync() => UntilAsync(async () =>
        await Table.ScalarAsync<bool>("SELECT to_regclass('ingest_embeddings.key_range') IS NOT NULL")
        && await Table.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM ingest_embeddings.key_range WHERE state = 1)"), "a key range is claimed");

    /// <summary>Gives <see cref="BetweenReadAndWriteAsync"/> the time to stop the program before its first write, on a busy machine too.</summary>
    public const string WaitAfterRead = "after_read:sleep=3000@1";

    /// <summary>
    /// Lets the program read and encode rows, and stops it before it writes them, by holding the record of its key range; then does
    /// something to the table, and lets it go on.
    /// </summary>
    public async Task BetweenReadAndWriteAsync(Func<Task> work)
    {
        await UntilClaimedAsync();
        await using var connection = await Table.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("SELECT FROM ingest_embeddings.key_range FOR UPDATE", connection, transaction))
        {
            await hold.ExecuteNonQueryAsync();
        }

        await UntilAsync("EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'tool-%' AND wait_event_type = 'Lock')");
        await work();
        await transaction.CommitAsync();
    }

    /// <summary>Ends every connection that the program has.</summary>
    public Task<int> TerminateAsync() => Table.ScalarAsync<int>(
        "SELECT count(pg_terminate_backend(pid))::integer FROM pg_stat_activity WHERE application_name LIKE 'tool-%' AND datname = current_database()");

    /// <summary>Rows that this run says to have processed.</summary>
    public static int Processed(ToolResult result)
    {
        var text = result.Output[(result.Output.LastIndexOf("Total processed=", StringComparison.Ordinal) + "Total processed=".Length)..];
        return int.Parse(new string([.. text.TakeWhile(char.IsAsciiDigit)]), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var tool in _started)
        {
            await tool.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }
}
