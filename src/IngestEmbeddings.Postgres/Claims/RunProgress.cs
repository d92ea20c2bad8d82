using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.State;
using Npgsql;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>What a worker that found nothing to claim should do next.</summary>
internal enum RunState
{
    /// <summary>There may be rows to claim.</summary>
    Open,

    /// <summary>Other workers hold the rest, or look through the table for what was missed.</summary>
    Busy,

    /// <summary>Every chunk is done; nobody has looked yet for rows that the chunks missed.</summary>
    Unswept,

    /// <summary>The run has no more rows for anyone.</summary>
    Complete,

    /// <summary>Another run over the same column has taken the place of this one.</summary>
    Superseded,
}

/// <summary>Tells how far a run is, and begins the sweeps that find what the chunks missed.</summary>
/// <remarks>
/// A frontier that moves up the keys misses rows that are committed behind it (keys without order, transactions that commit
/// late) and rows that changed while their vectors were made. So, when all chunks are done, the table is asked for rows
/// still pending, and carved again where there are any, at most <see cref="MostSweeps"/> times.
/// </remarks>
internal sealed class RunProgress(TableLayout layout, ClaimScope scope)
{
    /// <summary>The pass that is the first sweep; the one before it takes all rows, whatever they are.</summary>
    public const int FirstSweep = 1;

    /// <summary>Sweeps after which a run ends even though rows keep coming, unless a process has joined it since.</summary>
    public const int MostSweeps = 3;

    private const string ReadState = """
        SELECT r.complete OR r.finished_at IS NOT NULL,
               NOT r.exhausted OR EXISTS (
                   SELECT FROM ingest_embeddings.chunk c
                   WHERE c.run_id = r.run_id AND c.state < 2 AND (c.state = 0 OR c.lease_until < clock_timestamp())),
               EXISTS (SELECT FROM ingest_embeddings.chunk c WHERE c.run_id = r.run_id AND c.state < 2),
               r.finished_at IS NOT NULL AND NOT r.complete,
               r.complete AND r.pass < $2
        FROM ingest_embeddings.run r
        WHERE r.run_id = $1
        """;

    private const string LockRun = """
        SELECT r.pass
        FROM ingest_embeddings.run r
        WHERE r.run_id = $1 AND r.exhausted AND NOT r.complete AND r.finished_at IS NULL
          AND NOT EXISTS (SELECT FROM ingest_embeddings.chunk c WHERE c.run_id = r.run_id AND c.state < 2)
        FOR NO KEY UPDATE SKIP LOCKED
        """;

    private const string BeginSweep = """
        UPDATE ingest_embeddings.run SET pass = pass + 1, frontier = NULL, exhausted = false WHERE run_id = $1
        """;

    private const string Conclude = "UPDATE ingest_embeddings.run SET complete = true WHERE run_id = $1";

    private readonly TaskCompletionSource _concluded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True when a sweep has just found no row that is pending: one of this process, or of another that ended the run.</summary>
    public bool NothingIsPending { get; private set; }

    /// <summary>Done when a session of this process has ended the run: the others need not wait until they look again.</summary>
    public Task Concluded => _concluded.Task;

    public async Task<RunState> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = Run(ReadState);
        command.Parameters.Add(Statements.Value((short)MostSweeps));
        var (state, nothingIsPending) = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            command,
            static row => ((RunState?)(row.GetBoolean(3) ? RunState.Superseded
                : row.GetBoolean(0) ? RunState.Complete
                : row.GetBoolean(1) ? RunState.Open
                : row.GetBoolean(2) ? RunState.Busy
                : RunState.Unswept), row.GetBoolean(4)),
            cancellationToken);
        NothingIsPending |= nothingIsPending;
        return state switch
        {
            null => throw new IngestException(
                IngestError.Configuration,
                "The record of this run is gone from the schema ingest_embeddings. Run again: the rows done stay done."),
            RunState.Superseded => throw new IngestException(
                IngestError.Configuration,
                $"Another run over {scope.Destination}, with another model or asked for with --supersede, has taken the place of this one. " +
                "Nothing more is written; the rows done are that run's to keep or to replace."),
            { } going => going,
        };
    }

    /// <summary>Looks for rows that the chunks missed. One worker does; the others see <see cref="RunState.Busy"/>.</summary>
    public async Task<RunState> SweepAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var pass = await Statements.FirstAsync(
            connection, LocalSettings.Short, Run(LockRun), static row => (short?)row.GetInt16(0), cancellationToken);
        if (pass is null)
        {
            return RunState.Busy;
        }

        // Nearly always nothing is left, and then all must be looked at: a count passes over all at once, where the question whether
        // there is a row goes through the table row by row.
        var again = pass < MostSweeps
            && await RowCounts.LeftAsync(connection, layout, scope.MetricsOnly, scope.Destination, cancellationToken) > 0;
        await Statements.ExecuteAsync(connection, LocalSettings.Short, Run(again ? BeginSweep : Conclude), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (again)
        {
            return RunState.Open;
        }

        NothingIsPending = pass < MostSweeps;
        _concluded.TrySetResult();
        return RunState.Complete;
    }

    private NpgsqlBatchCommand Run(string sql) => Statements.Command(sql, Statements.Value(scope.RunId));
}
