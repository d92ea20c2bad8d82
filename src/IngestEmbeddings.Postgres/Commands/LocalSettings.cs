using System.Globalization;
using Npgsql;

namespace IngestEmbeddings.Postgres.Commands;

/// <summary>Settings of one transaction. Local to it, so that nothing leaks through a pooler.</summary>
/// <remarks>
/// <para>
/// The search path is fixed, so that no function or operator is found that another role has planted in a schema of the path. JIT is
/// off: no statement computes much for a row, and loading the compiler costs a new connection 20 ms.
/// </para>
/// <para>Keys are compared by their text, so every setting that changes the text of a value is fixed too.</para>
/// </remarks>
internal sealed class LocalSettings
{
    private const string FixedPath = "pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)";

    // For statements that fire the table's own triggers, which may rely on the role's search path. Only pg_catalog is kept in front,
    // as it is by default; the statements themselves name the schema of what has no exact match there.
    private const string OwnPath = """
        pg_catalog.set_config('search_path', CASE
            WHEN pg_catalog.int4gt(pg_catalog.strpos(pg_catalog.current_setting('search_path'), 'pg_catalog'), 1)
            THEN pg_catalog.concat('pg_catalog, ', pg_catalog.current_setting('search_path'))
            ELSE pg_catalog.current_setting('search_path') END, true)
        """;

    private const string ExactText = """
        pg_catalog.set_config('jit', 'off', true), pg_catalog.set_config('extra_float_digits', '1', true),
               pg_catalog.set_config('datestyle', 'ISO, MDY', true), pg_catalog.set_config('intervalstyle', 'postgres', true),
               pg_catalog.set_config('bytea_output', 'hex', true)
        """;

    private const string ShortLimits = """
        pg_catalog.set_config('lock_timeout', '3s', true), pg_catalog.set_config('statement_timeout', '60s', true),
               pg_catalog.set_config('idle_in_transaction_session_timeout', '10s', true)
        """;

    private const string NoLimits = """
        pg_catalog.set_config('lock_timeout', '0', true), pg_catalog.set_config('statement_timeout', '0', true),
               pg_catalog.set_config('idle_in_transaction_session_timeout', '30s', true)
        """;

    /// <summary>
    /// Memory for a hash or a sort over a whole table, about a million rows; what does not fit spills to disk. Never lowers the
    /// server's own setting.
    /// </summary>
    public const string RoomForTables =
        "pg_catalog.set_config('work_mem', pg_catalog.concat(greatest(pg_catalog.int8div(pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')), 1024), 65536), 'kB'), true)";

    /// <summary>
    /// For statements over a batch or a key range. Fails after 3 s without a lock, so that the application never queues behind
    /// this tool for long. A client that is silent for 10 s within a transaction is cut off: its claims must not stay locked much
    /// longer than its lease.
    /// </summary>
    public static readonly LocalSettings Short = new(
        $"SELECT {FixedPath}, {ExactText}, {ShortLimits}", commandTimeout: null);

    /// <summary><see cref="Short"/>, for statements that write rows of the user's tables.</summary>
    public static readonly LocalSettings Write = new($"SELECT {OwnPath}, {ExactText}, {ShortLimits}", commandTimeout: null);

    /// <summary>
    /// <see cref="Short"/>, for a statement that joins a range of one table with the same range of another. Stale statistics make
    /// the planner choose nested loops, which take three times as long, so they are disabled.
    /// </summary>
    public static readonly LocalSettings ShortByRange = new(
        $"{Short.Sql}, pg_catalog.set_config('enable_nestloop', 'off', true)", commandTimeout: null);

    /// <summary><see cref="ShortByRange"/> in a transaction that writes.</summary>
    public static readonly LocalSettings WriteByRange = new(
        $"{Write.Sql}, pg_catalog.set_config('enable_nestloop', 'off', true)", commandTimeout: null);

    /// <summary>
    /// For statements over the whole table, which have no time limit, and for waiting for another process that runs one.
    /// </summary>
    public static readonly LocalSettings Long = new(
        $"SELECT {FixedPath}, {ExactText}, {NoLimits}", commandTimeout: 0);

    /// <summary><see cref="Long"/>, for statements that create or change tables where the role's search path matters.</summary>
    public static readonly LocalSettings LongOnOwnPath = new(
        $"SELECT {OwnPath}, {ExactText}, {NoLimits}", commandTimeout: 0, before: "SET LOCAL search_path TO DEFAULT");

    /// <summary>
    /// <see cref="Long"/>, for a statement that joins whole tables and reads their rows: one parallel pass over each and a hash join,
    /// whatever the statistics of a table just filled say.
    /// </summary>
    public static readonly LocalSettings LongByHash = new(
        $"""
        {Long.Sql}, pg_catalog.set_config('enable_nestloop', 'off', true), pg_catalog.set_config('enable_mergejoin', 'off', true),
               pg_catalog.set_config('enable_bitmapscan', 'off', true), {RoomForTables}
        """,
        commandTimeout: 0);

    /// <summary>
    /// <see cref="Long"/>, for a statement that joins two whole tables by their keys. After a run, rows are stored in key order; a merge
    /// of the two indexes then takes half the processor time of the plan that the planner chooses.
    /// </summary>
    public static readonly LocalSettings LongInOrder = new(
        $"{Long.Sql}, pg_catalog.set_config('enable_hashjoin', 'off', true), pg_catalog.set_config('enable_bitmapscan', 'off', true)",
        commandTimeout: 0);

    /// <summary><see cref="Long"/>, for a search that compares every vector.</summary>
    public static readonly LocalSettings ExactSearch = new(
        $"{Long.Sql}, pg_catalog.set_config('enable_indexscan', 'off', true)", commandTimeout: 0);

    private readonly int? _commandTimeout;

    // What another statement of the transaction has set may have to be undone first.
    private readonly string? _before;

    private LocalSettings(string sql, int? commandTimeout, string? before = null)
    {
        _before = before;
        Sql = sql;
        _commandTimeout = commandTimeout;
    }

    /// <summary><see cref="Long"/>, for a search through an index, which looks at enough candidates for the rows that are wanted.</summary>
    /// <param name="candidates">The candidates of a graph; never fewer than the server's own setting.</param>
    /// <param name="lists">The lists of an index by lists; never fewer than the server's own setting.</param>
    /// <param name="goesOn">True to go on while conditions leave too few rows, which pgvector can from 0.8.</param>
    /// <param name="isForced">True to use the index, and just so many candidates and lists.</param>
    public static LocalSettings IndexSearch(int candidates, int lists, bool goesOn, bool isForced) => isForced
        ? new LocalSettings(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Long.Sql}, pg_catalog.set_config('enable_seqscan', 'off', true), pg_catalog.set_config('enable_sort', 'off', true), pg_catalog.set_config('hnsw.ef_search', '{candidates}', true), pg_catalog.set_config('ivfflat.probes', '{lists}', true)"),
            commandTimeout: 0)
        : new LocalSettings(
        $"""
        {Long.Sql}, {AtLeast("hnsw.ef_search", candidates)}, {AtLeast("ivfflat.probes", lists)}{(goesOn
            ? ", pg_catalog.set_config('hnsw.iterative_scan', 'strict_order', true), pg_catalog.set_config('ivfflat.iterative_scan', 'relaxed_order', true)"
            : "")}
        """,
        commandTimeout: 0);

    // Before pgvector is loaded, and after a transaction that has set it, the setting is absent or empty.
    private static string AtLeast(string setting, int value) => string.Create(
        CultureInfo.InvariantCulture,
        $"pg_catalog.set_config('{setting}', greatest(pg_catalog.concat('0', pg_catalog.current_setting('{setting}', true))::pg_catalog.int4, {value})::pg_catalog.text, true)");

    /// <summary>The statement that sets them.</summary>
    public string Sql { get; }

    /// <summary>A batch that sets the limits and then runs some statements, in one round trip.</summary>
    public NpgsqlBatch Batch(NpgsqlConnection connection, params ReadOnlySpan<NpgsqlBatchCommand> commands)
    {
        var batch = new NpgsqlBatch(connection);
        if (_before is not null)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(_before));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql));
        if (_commandTimeout is { } timeout)
        {
            batch.Timeout = timeout;
        }

        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }

        return batch;
    }
}
