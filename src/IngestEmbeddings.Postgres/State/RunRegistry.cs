using IngestEmbeddings.Encoding;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Begins runs and lets processes join them. One run is live for each destination.</summary>
internal sealed class RunRegistry(TableLayout layout, string destination, RunRequest request)
{
    /// <summary>The time since which a run <c>r</c> replaces vectors, as an expression of SQL; NULL when it replaces none.</summary>
    public const string RemadeSince =
        """to_char(r.remade_since AT TIME ZONE 'UTC', '"timestamptz ''"YYYY-MM-DD HH24:MI:SS.US"+00''"')""";

    private const string FindLive = $"""
        SELECT r.run_id, r.source, r.model, r.fingerprint, r.exhausted, r.frequency_table,
               EXISTS (SELECT FROM ingest_embeddings.chunk c WHERE c.run_id = r.run_id AND c.state < 2),
               EXISTS (SELECT FROM ingest_embeddings.chunk c
                       WHERE c.run_id = r.run_id AND c.state = 1 AND c.lease_until >= clock_timestamp()),
               {RemadeSince}
        FROM ingest_embeddings.run r
        WHERE r.destination = $1 AND r.finished_at IS NULL
        FOR NO KEY UPDATE
        """;

    private const string Insert = """
        INSERT INTO ingest_embeddings.run (run_id, destination, source, model, fingerprint, remade_since)
        VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END)
        ON CONFLICT (destination) WHERE finished_at IS NULL DO NOTHING
        """;

    private const string Rearm = """
        UPDATE ingest_embeddings.run
        SET frontier = NULL, exhausted = false, pass = 0, complete = false, source = $2
        WHERE run_id = $1
        """;

    // Whoever joins brings sweeps of its own: those that the run has used up were spent on rows that changed before it came, and it is
    // to leave no row that is pending now.
    private static readonly string GrantSweeps =
        FormattableString.Invariant($"UPDATE ingest_embeddings.run SET pass = {RunProgress.FirstSweep} WHERE run_id = $1 AND pass > {RunProgress.FirstSweep}");

    private const string Close = """
        UPDATE ingest_embeddings.run SET finished_at = now()
        WHERE run_id = $1 AND finished_at IS NULL AND exhausted
          AND NOT EXISTS (SELECT FROM ingest_embeddings.chunk WHERE run_id = $1 AND state < 2)
        """;

    private const string IsDone = """
        SELECT EXISTS (
            SELECT FROM ingest_embeddings.run
            WHERE run_id = $1 AND finished_at IS NULL AND (exhausted OR $2)
              AND NOT EXISTS (SELECT FROM ingest_embeddings.chunk WHERE run_id = $1 AND state < 2))
        """;

    private const string Abandon = "UPDATE ingest_embeddings.run SET finished_at = now(), complete = false WHERE run_id = $1";

    private const string DropChunks = "DELETE FROM ingest_embeddings.chunk WHERE run_id = $1";

    // What finished runs leave behind is of use until the next one begins.
    private const string DropFinished = """
        WITH finished AS (
            SELECT run_id FROM ingest_embeddings.run WHERE destination = $1 AND finished_at IS NOT NULL
        ), workers AS (
            DELETE FROM ingest_embeddings.worker WHERE run_id IN (SELECT run_id FROM finished)
        )
        DELETE FROM ingest_embeddings.chunk WHERE run_id IN (SELECT run_id FROM finished)
        """;

    private bool Replaces => request.Work is EmbedWork { Replace: true };

    private string Model => request.Work.Encoder?.Model ?? "metrics";

    private string Fingerprint => request.Work.Encoder?.Fingerprint ?? "metrics";

    /// <summary>Joins the live run, or begins one.</summary>
    /// <exception cref="IngestException">Another process runs with another model, key or text column.</exception>
    public async Task<JoinedRun> JoinAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var live = await FindLiveAsync(connection, cancellationToken);
        if (live is not null && Difference(live) is { } difference)
        {
            RefuseIfActive(live, difference);
            await AbandonAsync(connection, live, cancellationToken);
            live = null;
        }

        if (live is null)
        {
            live = await InsertAsync(connection, cancellationToken);
        }
        else if (live.Source != layout.Source)
        {
            RefuseIfActive(live, "with another key or text column");
            await RestartAsync(connection, live, cancellationToken);
        }
        else if (live is { IsExhausted: true, HasOpenChunks: false })
        {
            await RestartAsync(connection, live, cancellationToken);
        }
        else
        {
            await ExecuteAsync(connection, GrantSweeps, cancellationToken, live.RunId);
        }

        if (request.Work.Encoder is { } encoder)
        {
            await new SpaceRegistry(layout, request.Observer).CheckAsync(connection, encoder, Replaces, cancellationToken);
        }

        var frequencyTable = request.Frequency
            ? await new FrequencyTable(layout).EnsureAsync(connection, live.RunId, live.FrequencyTable, live.IsActive, cancellationToken)
            : null;
        await transaction.CommitAsync(cancellationToken);
        return new JoinedRun(live.RunId, frequencyTable, live.RemadeSince);
    }

    /// <summary>True when every chunk is done, or there never was one because nothing was pending.</summary>
    public static Task<bool> IsDoneAsync(
        NpgsqlConnection connection, Guid runId, bool nothingWasPending, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(IsDone, Statements.Value(runId), Statements.Value(nothingWasPending)),
            static row => row.GetBoolean(0),
            cancellationToken);

    /// <summary>Ends the run when every chunk is done; else another process is still at it.</summary>
    public static async Task CloseAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken)
    {
        if (await ExecuteAsync(connection, Close, cancellationToken, runId) > 0)
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
    private string? Difference(LiveRun live) =>
        live.Fingerprint != Fingerprint
            ? $"with model {live.Model} (fingerprint {Short(live.Fingerprint)}); this one is {Model} ({Short(Fingerprint)})"
        : live is { RemadeSince: null } && Replaces ? "that fills in what is missing; this one would replace what is there"
        : null;

    private void RefuseIfActive(LiveRun live, string how)
    {
        if (live.IsActive && !request.Supersede)
        {
            throw Refusal(how);
        }
    }

    private IngestException Refusal(string how) => new(
        IngestError.Configuration,
        $"A run over {destination} is under way {how}. Wait for its end, or stop it (its claims lapse after the lease), or end it from here: --supersede.");

    // Without its chunks no worker of the run can write any more; a write in flight is waited for.
    private async Task AbandonAsync(NpgsqlConnection connection, LiveRun live, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, Abandon, cancellationToken, live.RunId);
        await ExecuteAsync(connection, DropChunks, cancellationToken, live.RunId);
        await FrequencyTable.DropAsync(connection, live.RunId, cancellationToken);
    }

    // Waiting for a neighbour that counts frequencies may take as long as that.
    private Task<LiveRun?> FindLiveAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Long,
            Statements.Command(FindLive, Statements.Value(destination)),
            static row => new LiveRun(
                row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetBoolean(4),
                row.IsDBNull(5) ? null : row.GetString(5), row.GetBoolean(6), row.GetBoolean(7),
                row.IsDBNull(8) ? null : row.GetString(8)),
            cancellationToken);

    private async Task<LiveRun> InsertAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, DropFinished, cancellationToken, destination);
        await ExecuteAsync(connection, Insert, cancellationToken, Guid.NewGuid(), destination, layout.Source, Model, Fingerprint, Replaces);

        // Another process may have been faster: then its run is the one to join, unless it is another one's.
        var live = await FindLiveAsync(connection, cancellationToken)
            ?? throw new IngestException(IngestError.Stopped, "The run ended while it was being joined. Run again.");
        return Difference(live) is { } difference ? throw Refusal(difference) : live;
    }

    private async Task RestartAsync(NpgsqlConnection connection, LiveRun live, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, DropChunks, cancellationToken, live.RunId);
        await ExecuteAsync(connection, Rearm, cancellationToken, live.RunId, layout.Source);
    }

    private sealed record LiveRun(
        Guid RunId, string Source, string Model, string Fingerprint, bool IsExhausted, string? FrequencyTable, bool HasOpenChunks,
        bool IsActive, string? RemadeSince);
}

/// <summary>A run as a process takes part in it.</summary>
/// <param name="RunId">The run.</param>
/// <param name="FrequencyTable">The table with the texts that occur more than once; null when frequency is skipped.</param>
/// <param name="RemadeSince">As <see cref="TableLayout.RemadeSince"/>.</param>
internal sealed record JoinedRun(Guid RunId, string? FrequencyTable, string? RemadeSince);
