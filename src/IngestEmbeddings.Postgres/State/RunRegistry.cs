using IngestEmbeddings.Metrics;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Targets;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Starts runs and lets processes join them. One run is active for each destination.</summary>
internal sealed class RunRegistry(RunTarget target, RunRequest request)
{
    /// <summary>The time since which a run <c>r</c> replaces vectors, as an expression of SQL; NULL when it replaces none.</summary>
    public const string ReplacesSince =
        """to_char(r.replaces_since AT TIME ZONE 'UTC', '"timestamptz ''"YYYY-MM-DD HH24:MI:SS.US"+00''"')""";

    private const string FindActive = $"""
        SELECT r.run_id, r.source, r.model, r.fingerprint, r.exhausted, {KeyRangeSql.AnyOpen},
               {KeyRangeSql.AnyHeld},
               {ReplacesSince}, r.terms
        FROM ingest_embeddings.run r
        WHERE r.destination = $1 AND r.finished_at IS NULL
        FOR NO KEY UPDATE
        """;

    private const string Insert = """
        INSERT INTO ingest_embeddings.run (run_id, destination, source, model, fingerprint, replaces_since, exhausted, terms)
        VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END, $7, $8)
        ON CONFLICT (destination) WHERE finished_at IS NULL DO NOTHING
        """;

    private const string Rearm = """
        UPDATE ingest_embeddings.run
        SET frontier = NULL, exhausted = $3, pass = 0, complete = false, source = $2
        WHERE run_id = $1
        """;

    // A process that joins gets all sweeps again: those used up were spent on rows that changed before it came, and it must leave
    // no row that is pending now.
    private static readonly string GrantSweeps =
        FormattableString.Invariant($"UPDATE ingest_embeddings.run SET pass = {KeyRanges.FirstSweep} WHERE run_id = $1 AND pass > {KeyRanges.FirstSweep}");

    private const string Close = $"""
        UPDATE ingest_embeddings.run AS r SET finished_at = now()
        WHERE r.run_id = $1 AND r.finished_at IS NULL AND r.exhausted AND NOT {KeyRangeSql.AnyOpen}
        """;

    // Nothing was pending, so nothing was carved. Workers of another process may have joined the run since, and go on.
    private const string CloseIdle = $"""
        UPDATE ingest_embeddings.run AS r SET finished_at = now(), complete = true
        WHERE r.run_id = $1 AND r.finished_at IS NULL AND NOT {KeyRangeSql.AnyOpen}
          AND NOT EXISTS (SELECT FROM ingest_embeddings.worker w WHERE w.run_id = r.run_id AND w.last_seen > now() - interval '1 minute')
        """;

    private const string IsDone = $"""
        SELECT EXISTS (
            SELECT FROM ingest_embeddings.run AS r
            WHERE r.run_id = $1 AND r.finished_at IS NULL AND (r.exhausted OR $2) AND NOT {KeyRangeSql.AnyOpen})
        """;

    private const string Abandon = "UPDATE ingest_embeddings.run SET finished_at = now(), complete = false WHERE run_id = $1";

    // What finished runs leave is of use until the next one starts.
    private static readonly string DropFinished = $"""
        WITH finished AS (
            SELECT run_id FROM ingest_embeddings.run WHERE destination = $1 AND finished_at IS NOT NULL
        ), workers AS (
            DELETE FROM ingest_embeddings.worker WHERE run_id IN (SELECT run_id FROM finished)
        )
        {KeyRangeSql.Delete("run_id IN (SELECT run_id FROM finished)")}
        """;

    private const string CloseWatch = $"""
        UPDATE ingest_embeddings.run AS r SET finished_at = now()
        WHERE r.run_id = $1 AND r.finished_at IS NULL AND NOT {KeyRangeSql.AnyOpen}
          AND NOT EXISTS (SELECT FROM ingest_embeddings.worker w WHERE w.run_id = r.run_id AND w.last_seen > now() - interval '2 minutes')
        """;

    private const string FindWatcher = """
        SELECT EXISTS (
            SELECT FROM ingest_embeddings.run r JOIN ingest_embeddings.worker w ON w.run_id = r.run_id
            WHERE r.destination = $1 AND r.finished_at IS NULL AND w.last_seen > now() - interval '2 minutes')
        """;

    private bool Replaces => request.Work is EmbedWork { Replace: true } or MeasureWork { Recompute: true };

    // A run that watches is another run than one that goes through the table, over the same vectors.
    private string Destination => request.Watch ? WatchOf(target) : target.Destination;

    private string Terms => RunTerms.Of(request, hasMetrics: !target.Layout.Metrics.IsNone);

    private string Model => request.Work.Encoder?.Model ?? "metrics";

    private string Fingerprint => request.Work.Encoder?.Fingerprint ?? "metrics";

    /// <summary>Joins the active run, or starts one.</summary>
    /// <exception cref="IngestException">Another process runs with another model, key or text column.</exception>
    public async Task<JoinedRun> JoinAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var active = await FindActiveAsync(connection, cancellationToken);
        if (active is not null && Difference(active) is { } difference)
        {
            RefuseIfHeld(active, difference);
            await AbandonAsync(connection, active, cancellationToken);
            active = null;
        }

        if (active is null)
        {
            active = await InsertAsync(connection, cancellationToken);
        }
        else if (active.Source != target.Layout.Source)
        {
            RefuseIfHeld(active, "with another key or text column");
            await RestartAsync(connection, active, cancellationToken);
        }
        else if (!request.Watch && active is { IsExhausted: true, HasOpenRanges: false })
        {
            await RestartAsync(connection, active, cancellationToken);
        }
        else if (!request.Watch)
        {
            await ExecuteAsync(connection, GrantSweeps, cancellationToken, active.RunId);
        }

        if (request.Recipe is { } recipe)
        {
            await new MetricsRegistry(target.Layout, request.Observer).CheckAsync(connection, recipe, request.Work is MeasureWork { Recompute: true }, cancellationToken);
        }

        if (request.Work.Encoder is { } encoder)
        {
            await new SpaceRegistry(target.Vectors, request.Observer).CheckAsync(connection, encoder, Replaces, cancellationToken);
        }

        var frequencies = request.Frequency
            ? await new FrequencyTable(target.Layout).EnsureAsync(connection, active.RunId, active.IsHeld, cancellationToken)
            : null;
        await transaction.CommitAsync(cancellationToken);
        return new JoinedRun(active.RunId, frequencies, active.ReplacesSince);
    }

    /// <summary>True when every key range is done, or there never was one because nothing was pending.</summary>
    /// <summary>The name under which the run that watches a destination is kept.</summary>
    public static string WatchOf(RunTarget target) => $"{target.Destination} (watch)";

    /// <summary>Whether a process watches the destination, and takes what the log of changes names.</summary>
    public static Task<bool> IsWatchedAsync(NpgsqlConnection connection, RunTarget target, CancellationToken cancellationToken) => Statements.FirstAsync(
        connection,
        LocalSettings.Short,
        Statements.Command(FindWatcher, Statements.Value(WatchOf(target))),
        static row => row.GetBoolean(0),
        cancellationToken);

    /// <summary>Ends a run that watches, once no process is at it.</summary>
    public static Task CloseWatchAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, CloseWatch, cancellationToken, runId);

    public static Task<bool> IsDoneAsync(
        NpgsqlConnection connection, Guid runId, bool nothingWasPending, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(IsDone, Statements.Value(runId), Statements.Value(nothingWasPending)),
            static row => row.GetBoolean(0),
            cancellationToken);

    /// <summary>Ends the run when every key range is done; else another process is still at it.</summary>
    public static async Task CloseAsync(NpgsqlConnection connection, Guid runId, bool nothingWasPending, CancellationToken cancellationToken)
    {
        if (await ExecuteAsync(connection, nothingWasPending ? CloseIdle : Close, cancellationToken, runId) > 0)
        {
            await FrequencyTable.DropAsync(connection, runId, cancellationToken);
        }
    }

    private static string Short(string fingerprint) => fingerprint[..Math.Min(12, fingerprint.Length)];

    private static Task<int> ExecuteAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params ReadOnlySpan<object> values)
    {
        var parameters = new NpgsqlParameter[values.Length];
        for (var index = 0; index < values.Length; index++)
        {
            parameters[index] = new NpgsqlParameter { Value = values[index] };
        }

        return Statements.ExecuteAsync(connection, LocalSettings.Short, Statements.Command(sql, parameters), cancellationToken);
    }

    /// <summary>How a run differs from the one asked for; null when it is the same.</summary>
    private string? Difference(ActiveRun active) =>
        active.Fingerprint != Fingerprint
            ? $"with model {active.Model} (fingerprint {Short(active.Fingerprint)}); this one is {Model} ({Short(Fingerprint)})"
        : active is { ReplacesSince: null } && Replaces ? "that fills in what is missing; this one would replace what is there"
        : MetricsRecipe.Difference(active.Terms, Terms);

    private void RefuseIfHeld(ActiveRun active, string how)
    {
        if (active.IsHeld && !request.Supersede)
        {
            throw Refusal(how);
        }
    }

    private IngestException Refusal(string how) => new(
        IngestError.Configuration,
        $"A run over {target.Destination} is under way {how}. Wait for its end, or stop it (its claims end with their leases), or end it from here: --supersede.");

    // Without its key ranges no worker of the run can write any more; a write in flight is waited for.
    private async Task AbandonAsync(NpgsqlConnection connection, ActiveRun active, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, Abandon, cancellationToken, active.RunId);
        await ExecuteAsync(connection, KeyRangeSql.DeleteOfRun, cancellationToken, active.RunId);
        await FrequencyTable.DropAsync(connection, active.RunId, cancellationToken);
    }

    // Another process may hold the run while it counts frequencies.
    private Task<ActiveRun?> FindActiveAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Long,
            Statements.Command(FindActive, Statements.Value(Destination)),
            static row => new ActiveRun(
                row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetBoolean(4),
                row.GetBoolean(5), row.GetBoolean(6), row.IsDBNull(7) ? null : row.GetString(7), row.GetString(8)),
            cancellationToken);

    private async Task<ActiveRun> InsertAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, DropFinished, cancellationToken, Destination);
        await ExecuteAsync(connection, Insert, cancellationToken, Guid.NewGuid(), Destination, target.Layout.Source, Model, Fingerprint, Replaces, request.Watch, Terms);

        // Another process may have been faster: then its run is joined, unless it differs.
        var active = await FindActiveAsync(connection, cancellationToken)
            ?? throw new IngestException(IngestError.Stopped, "The run ended while it was being joined. Run again.");
        return Difference(active) is { } difference ? throw Refusal(difference) : active;
    }

    private async Task RestartAsync(NpgsqlConnection connection, ActiveRun active, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, KeyRangeSql.DeleteOfRun, cancellationToken, active.RunId);
        await ExecuteAsync(connection, Rearm, cancellationToken, active.RunId, target.Layout.Source, request.Watch);
    }

    private sealed record ActiveRun(
        Guid RunId, string Source, string Model, string Fingerprint, bool IsExhausted, bool HasOpenRanges, bool IsHeld,
        string? ReplacesSince, string Terms);
}

/// <summary>A run as a process takes part in it.</summary>
/// <param name="RunId">The run.</param>
/// <param name="FrequencyTable">The table with the texts that occur more than once, quoted; null when frequency is skipped.</param>
/// <param name="ReplacesSince">As <see cref="VectorTarget.ReplacedSince"/>.</param>
internal sealed record JoinedRun(Guid RunId, string? FrequencyTable, string? ReplacesSince);
