using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Limits of one transaction. Local to it, so that nothing leaks through a pooler.</summary>
/// <remarks>
/// Statements are not compiled (JIT): none computes much for a row, and loading the compiler alone takes a new connection 20 ms.
/// </remarks>
internal sealed class LocalSettings
{
    /// <summary>
    /// Gives a hash or a sort over a whole table room for a million rows or so; what does not fit the server spills to disk. Never less
    /// than it has been given already.
    /// </summary>
    public const string RoomForTables =
        "set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')) / 1024, 65536) || 'kB', true)";

    /// <summary>
    /// For statements over a batch or a chunk. A lock that is not to be had soon belongs to somebody else's work: the
    /// application never queues behind us for long. Between two statements of a transaction lies one round trip; a client that
    /// is silent for ten seconds is cut off, and its claims must not stay locked much longer than its lease.
    /// </summary>
    public static readonly LocalSettings Short = new(
        """
        SELECT set_config('lock_timeout', '3s', true), set_config('statement_timeout', '60s', true),
               set_config('idle_in_transaction_session_timeout', '10s', true), set_config('jit', 'off', true)
        """,
        commandTimeout: null);

    /// <summary>
    /// <see cref="Short"/>, for a statement that joins rows lying side by side in two tables. A plan made without knowing how many
    /// they are would look up each of them, which takes three times as long as passing over the range once; and a plan made in the belief
    /// that there is one row, as long as a column just filled is not analyzed, may pass over all frequencies for each.
    /// </summary>
    public static readonly LocalSettings ShortByRange = new(
        $"{Short._sql}, set_config('enable_nestloop', 'off', true)", commandTimeout: null);

    /// <summary>
    /// For statements over the whole table, which take as long as they take, and for waiting for a neighbour that runs one.
    /// </summary>
    public static readonly LocalSettings Long = new(
        """
        SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true),
               set_config('idle_in_transaction_session_timeout', '30s', true), set_config('jit', 'off', true)
        """,
        commandTimeout: 0);

    /// <summary>
    /// <see cref="Long"/>, for a statement that joins whole tables and looks at the rows: a pass over each and a hash join, on several
    /// cores, whatever the server believes of a table just filled.
    /// </summary>
    public static readonly LocalSettings LongByHash = new(
        $"""
        {Long._sql}, set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),
               set_config('enable_bitmapscan', 'off', true), {RoomForTables}
        """,
        commandTimeout: 0);

    /// <summary>
    /// <see cref="Long"/>, for a statement that joins two whole tables by their keys. Where rows lie in the order of their keys, as
    /// they do after a run, one pass over each in the order of its index takes half the processor time of any plan that is chosen
    /// without knowing that.
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
