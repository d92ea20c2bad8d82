using Npgsql;

namespace IngestEmbeddings.Postgres.Sql;

/// <summary>Settings of one transaction. Local to it, so that nothing leaks through a pooler.</summary>
/// <remarks>JIT is off: no statement computes much for a row, and loading the compiler costs a new connection 20 ms.</remarks>
internal sealed class LocalSettings
{
    /// <summary>
    /// Memory for a hash or a sort over a whole table, about a million rows; what does not fit spills to disk. Never lowers the
    /// server's own setting.
    /// </summary>
    public const string RoomForTables =
        "set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')) / 1024, 65536) || 'kB', true)";

    /// <summary>
    /// For statements over a batch or a key range. Fails after 3 s without a lock, so that the application never queues behind
    /// this tool for long. A client that is silent for 10 s within a transaction is cut off: its claims must not stay locked much
    /// longer than its lease.
    /// </summary>
    public static readonly LocalSettings Short = new(
        """
        SELECT set_config('lock_timeout', '3s', true), set_config('statement_timeout', '60s', true),
               set_config('idle_in_transaction_session_timeout', '10s', true), set_config('jit', 'off', true)
        """,
        commandTimeout: null);

    /// <summary>
    /// <see cref="Short"/>, for a statement that joins a range of one table with the same range of another. Stale statistics make
    /// the planner choose nested loops, which take three times as long, so they are disabled.
    /// </summary>
    public static readonly LocalSettings ShortByRange = new(
        $"{Short._sql}, set_config('enable_nestloop', 'off', true)", commandTimeout: null);

    /// <summary>
    /// For statements over the whole table, which have no time limit, and for waiting for another process that runs one.
    /// </summary>
    public static readonly LocalSettings Long = new(
        """
        SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true),
               set_config('idle_in_transaction_session_timeout', '30s', true), set_config('jit', 'off', true)
        """,
        commandTimeout: 0);

    /// <summary>
    /// <see cref="Long"/>, for a statement that joins whole tables and reads their rows: one parallel pass over each and a hash join,
    /// whatever the statistics of a table just filled say.
    /// </summary>
    public static readonly LocalSettings LongByHash = new(
        $"""
        {Long._sql}, set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),
               set_config('enable_bitmapscan', 'off', true), {RoomForTables}
        """,
        commandTimeout: 0);

    /// <summary>
    /// <see cref="Long"/>, for a statement that joins two whole tables by their keys. After a run, rows are stored in key order; a merge
    /// of the two indexes then takes half the processor time of the plan that the planner chooses.
    /// </summary>
    public static readonly LocalSettings LongInOrder = new(
        $"{Long._sql}, set_config('enable_hashjoin', 'off', true), set_config('enable_bitmapscan', 'off', true)",
        commandTimeout: 0);

    private readonly string _sql;
    private readonly int? _commandTimeout;

    private LocalSettings(string sql, int? commandTimeout)
    {
        _sql = sql;
        _commandTimeout = commandTimeout;
    }

    /// <summary>A batch that sets the limits and then runs some statements, in one round trip.</summary>
    public NpgsqlBatch Batch(NpgsqlConnection connection, params ReadOnlySpan<NpgsqlBatchCommand> commands)
    {
        var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(_sql) } };
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
