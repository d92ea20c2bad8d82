using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.State;
using Npgsql;
using NpgsqlTypes;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>Takes, renews, completes and gives back claims, for one worker. Each call is one short transaction.</summary>
internal sealed class ChunkClaims(TableLayout layout, ClaimScope scope, string owner, TimeProvider clock)
{
    private readonly ClaimStatements _statements = new(layout, scope.MetricsOnly);
    private readonly ChunkSplit _split = new(layout, scope);

    // No chunk with a smaller number is open. Numbers only grow, so it stays true, unless a standby that lacks the last commits
    // takes over: then chunks are open again that were done. So it begins anew whenever there is nothing to claim.
    private long _floor;

    /// <summary>Takes a chunk that is free, or carves a new one.</summary>
    /// <param name="connection">The connection, without a transaction.</param>
    /// <param name="nonce">Names this claim over all tries.</param>
    /// <param name="isRetry">True when an earlier try may have been committed.</param>
    /// <param name="takeSuspects">Whether a chunk may be taken that ended the last worker that had it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The claim; null when nothing can be claimed at present.</returns>
    public async Task<ChunkClaim?> ClaimAsync(
        NpgsqlConnection connection, Guid nonce, bool isRetry, bool takeSuspects, CancellationToken cancellationToken)
    {
        if (isRetry && await FindOwnAsync(connection, nonce, cancellationToken) is { } own)
        {
            return own;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var claim = await RetakeAsync(connection, nonce, takeSuspects, cancellationToken)
            ?? await CarveAsync(connection, nonce, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (claim is null)
        {
            _floor = 0;
        }

        return claim;
    }

    /// <summary>Holds the lease for another period.</summary>
    /// <returns>False when the claim is lost.</returns>
    public async Task<bool> RenewAsync(NpgsqlConnection connection, ChunkClaim claim, CancellationToken cancellationToken)
    {
        var asked = clock.GetTimestamp();
        if (await ExecuteAsync(connection, ClaimStatements.Renew, claim, cancellationToken, Statements.Value(scope.Lease)) == 0)
        {
            claim.IsLost = true;
            return false;
        }

        claim.RenewedAt = asked;
        return true;
    }

    public Task CompleteAsync(NpgsqlConnection connection, ChunkClaim claim, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, ClaimStatements.Complete, claim, cancellationToken);

    public Task ReleaseAsync(NpgsqlConnection connection, ChunkClaim claim, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, ClaimStatements.Release, claim, cancellationToken);

    private Task<ChunkClaim?> FindOwnAsync(NpgsqlConnection connection, Guid nonce, CancellationToken cancellationToken) =>
        ReadClaimAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(ClaimStatements.FindOwn, Statements.Value(scope.RunId), Statements.Value(nonce)),
            nonce,
            cancellationToken);

    private async Task<ChunkClaim?> RetakeAsync(
        NpgsqlConnection connection, Guid nonce, bool takeSuspects, CancellationToken cancellationToken)
    {
        var command = Statements.Command(
            ClaimStatements.Retake,
            Statements.Value(scope.RunId),
            Statements.Value(nonce),
            Statements.Value(scope.Lease),
            Statements.Value(owner),
            Statements.Value(takeSuspects),
            Statements.Value(_floor));
        var claim = await ReadClaimAsync(connection, LocalSettings.Short, command, nonce, cancellationToken);
        return claim is { Attempts: > ChunkSplit.MostAttempts } ? await _split.ApplyAsync(connection, claim, cancellationToken) : claim;
    }

    private async Task<ChunkClaim?> CarveAsync(NpgsqlConnection connection, Guid nonce, CancellationToken cancellationToken)
    {
        var frontier = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                ClaimStatements.LockFrontier,
                Statements.Value(scope.RunId),
                Statements.Value(layout.Table.Sql),
                new NpgsqlParameter<uint> { TypedValue = layout.Table.Oid, NpgsqlDbType = NpgsqlDbType.Oid },
                Statements.Value(_floor)),
            static row => new Frontier(
                row.IsDBNull(0) ? null : row.GetFieldValue<string[]>(0), row.GetInt16(1), row.GetBoolean(2), row.GetInt64(3)),
            cancellationToken);
        if (frontier is null)
        {
            return null;
        }

        _floor = frontier.FirstOpen;
        if (!frontier.IsSameTable)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"Table {layout.Table.FullName} was dropped, renamed or replaced while in use. Run again when it is settled.");
        }

        var isSweep = frontier.Pass >= RunProgress.FirstSweep;
        var sql = (isSweep, frontier.Key) switch
        {
            (false, null) => _statements.CarveFirst,
            (false, _) => _statements.CarveNext,
            (true, null) => _statements.SweepFirst,
            (true, _) => _statements.SweepNext,
        };
        var command = Statements.Command(
            sql,
            Statements.Value(scope.RunId),
            Statements.Value(nonce),
            Statements.Key(frontier.Key),
            Statements.Value(scope.Lease),
            Statements.Value(owner),
            Statements.Value(scope.ChunkRows),
            Statements.Value(scope.Destination),
            PendingSql.WhiteSpace(connection));

        // A sweep looks at every row up to the next pending one, which may be the last of the table.
        var settings = isSweep ? LocalSettings.Long : LocalSettings.Short;
        var claim = await ReadClaimAsync(connection, settings, command, nonce, cancellationToken);
        if (claim is null)
        {
            await Statements.ExecuteAsync(
                connection,
                LocalSettings.Short,
                Statements.Command(ClaimStatements.Exhaust, Statements.Value(scope.RunId)),
                cancellationToken);
        }

        return claim;
    }

    private async Task<ChunkClaim?> ReadClaimAsync(
        NpgsqlConnection connection, LocalSettings settings, NpgsqlBatchCommand command, Guid nonce, CancellationToken cancellationToken)
    {
        var asked = clock.GetTimestamp();
        return await Statements.FirstAsync(
            connection,
            settings,
            command,
            row => new ChunkClaim
            {
                Number = row.GetInt64(0),
                High = row.GetFieldValue<string[]>(1),
                ReadTo = row.IsDBNull(2) ? null : row.GetFieldValue<string[]>(2),
                Fence = row.GetInt64(3),
                Attempts = row.GetInt32(4),
                Nonce = nonce,
                RenewedAt = asked,
            },
            cancellationToken);
    }

    private Task<int> ExecuteAsync(
        NpgsqlConnection connection, string sql, ChunkClaim claim, CancellationToken cancellationToken, params NpgsqlParameter[] more)
    {
        NpgsqlParameter[] parameters =
        [
            Statements.Value(scope.RunId),
            Statements.Value(claim.Number),
            Statements.Value(claim.Nonce),
            Statements.Value(claim.Fence),
            .. more,
        ];
        return Statements.ExecuteAsync(connection, LocalSettings.Short, Statements.Command(sql, parameters), cancellationToken);
    }

    private sealed record Frontier(string[]? Key, short Pass, bool IsSameTable, long FirstOpen);
}

/// <summary>What all claims of a run in this process have in common.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Destination">What is written, as the key of the tool's own records.</param>
/// <param name="MetricsOnly">Whether only metrics are written.</param>
/// <param name="ChunkRows">Rows of a new chunk.</param>
/// <param name="Lease">How long a claim holds without a sign of life.</param>
internal sealed record ClaimScope(Guid RunId, string Destination, bool MetricsOnly, int ChunkRows, TimeSpan Lease)
{
    public Failpoints Failpoints { get; init; } = Failpoints.None;
}
