using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Logging;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>What a worker that found nothing to claim should do next.</summary>
internal enum RunState
{
    /// <summary>There may be rows to claim.</summary>
    Open,

    /// <summary>Other workers hold the rest, or sweep.</summary>
    Busy,

    /// <summary>Every key range is done; no sweep has looked for rows that they missed.</summary>
    Unswept,

    /// <summary>The run has no more rows for any worker.</summary>
    Complete,

    /// <summary>Another run over the same column has taken the place of this one.</summary>
    Superseded,
}

/// <summary>Tells how far a run is, and starts the sweeps that find what the key ranges missed.</summary>
/// <remarks>
/// A frontier that moves up the keys misses rows committed behind it (keys without order, transactions that commit late) and rows
/// that changed while their vectors were made. So, when all key ranges are done, the pending rows are counted, and where there are
/// any the table is carved again, at most <see cref="MaxSweeps"/> times.
/// </remarks>
internal sealed class RunProgress(RunScope scope)
{
    /// <summary>Sweeps after which a run ends even though rows keep coming, unless a process has joined it since.</summary>
    public const int MaxSweeps = 3;

    private const string ReadState = $"""
        SELECT r.complete OR r.finished_at IS NOT NULL,
               NOT r.exhausted OR {KeyRangeSql.AnyFree},
               {KeyRangeSql.AnyOpen},
               r.finished_at IS NOT NULL AND NOT r.complete,
               r.complete AND r.pass < $2
        FROM ingest_embeddings.run r
        WHERE r.run_id = $1
        """;

    private const string LockRun = $"""
        SELECT r.pass
        FROM ingest_embeddings.run r
        WHERE r.run_id = $1 AND r.exhausted AND NOT r.complete AND r.finished_at IS NULL AND NOT {KeyRangeSql.AnyOpen}
        FOR NO KEY UPDATE SKIP LOCKED
        """;

    private const string StartSweep = """
        UPDATE ingest_embeddings.run SET pass = pass + 1, frontier = NULL, exhausted = false WHERE run_id = $1
        """;

    private const string Conclude = "UPDATE ingest_embeddings.run SET complete = true WHERE run_id = $1";

    private readonly ILogger _logger = scope.Options.LoggerFactory.CreateLogger<RunProgress>();
    private readonly TaskCompletionSource _concluded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True when a sweep has just found no pending row: one of this process, or of another that ended the run.</summary>
    public bool NothingIsPending { get; private set; }

    /// <summary>What rows that are gone have left behind, as the last sweep of this process counted it.</summary>
    public long Gone { get; private set; }

    /// <summary>Done when a session of this process has ended the run, so that the others need not poll again.</summary>
    public Task Concluded => _concluded.Task;

    public async Task<RunState> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = Run(ReadState);
        command.Parameters.Add(Statements.Value((short)MaxSweeps));
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
                "The record of this run is gone from the schema ingest_embeddings. Run again: written rows are kept."),
            RunState.Superseded => throw new IngestException(
                IngestError.Configuration,
                $"Another run over {scope.Target.Destination}, with another model or started with --supersede, has taken the place of this one. " +
                "This run writes nothing more; the other keeps or replaces the rows that it wrote."),
            { } going => going,
        };
    }

    /// <summary>Looks for rows that the key ranges missed. One worker does; the others see <see cref="RunState.Busy"/>.</summary>
    public async Task<RunState> SweepAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var pass = await Statements.FirstAsync(
            connection, LocalSettings.Short, Run(LockRun), static row => (short?)row.GetInt16(0), cancellationToken);
        if (pass is null)
        {
            return RunState.Busy;
        }

        // A count reads the table in one pass and in parallel; asking whether there is a row reads it row by row, and nearly always
        // there is none.
        var left = pass < MaxSweeps ? await RowCounts.LeftAsync(connection, scope.Target, cancellationToken) : null;
        Gone = Math.Max(Gone, left?.Gone ?? 0);
        var again = left is { Pending: > 0 };
        await Statements.ExecuteAsync(connection, LocalSettings.Short, Run(again ? StartSweep : Conclude), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (again)
        {
            _logger.SweepStarted(scope.RunId);
            return RunState.Open;
        }

        _logger.RunConcluded(scope.RunId);
        NothingIsPending = pass < MaxSweeps;
        _concluded.TrySetResult();
        return RunState.Complete;
    }

    private NpgsqlBatchCommand Run(string sql) => Statements.Command(sql, Statements.Value(scope.RunId));
}
