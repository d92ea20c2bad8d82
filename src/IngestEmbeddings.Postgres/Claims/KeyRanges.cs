using IngestEmbeddings.Postgres.Sql;
using Npgsql;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>Claims key ranges for one worker, renews, completes and releases them. Each call is one short transaction.</summary>
/// <param name="scope">The run.</param>
/// <param name="owner">The name of the worker.</param>
/// <param name="carveChanges">Makes key ranges of noted changes, true when there was a note; null to carve them from the frontier.</param>
internal sealed class KeyRanges(RunScope scope, string owner, Func<NpgsqlConnection, CancellationToken, Task<bool>>? carveChanges = null)
{
    /// <summary>The pass that is the first sweep; the one before it takes all rows, whatever they are.</summary>
    public const int FirstSweep = 1;

    private readonly KeyRangeSql _sql = new(scope.Target);
    private readonly KeyRangeSplit _split = new(scope);

    // No range with a smaller number is open. Numbers only grow, so it stays true, unless a standby that lacks the last commits
    // takes over and ranges are open again that were done: it starts from 0 again whenever there is nothing to claim.
    private long _floor;

    /// <summary>Claims a free key range, or carves a new one.</summary>
    /// <param name="connection">The connection, without a transaction.</param>
    /// <param name="nonce">Names this claim over all tries.</param>
    /// <param name="isRetry">True when an earlier try may have been committed.</param>
    /// <param name="takeSuspects">Also take key ranges whose last claim wrote nothing.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <returns>The claim; null when nothing can be claimed at present.</returns>
    public async Task<KeyRangeClaim?> ClaimAsync(
        NpgsqlConnection connection, Guid nonce, bool isRetry, bool takeSuspects, CancellationToken cancellationToken)
    {
        if (isRetry && await FindOwnAsync(connection, nonce, cancellationToken) is { } own)
        {
            return own;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var claim = await TakeOverAsync(connection, nonce, takeSuspects, cancellationToken)
            ?? (carveChanges is null
                ? await CarveAsync(connection, nonce, cancellationToken)
                : await carveChanges(connection, cancellationToken) ? await TakeOverAsync(connection, nonce, takeSuspects, cancellationToken) : null);
        await transaction.CommitAsync(cancellationToken);
        if (claim is null)
        {
            _floor = 0;
        }

        return claim;
    }

    /// <summary>Holds the lease for another period.</summary>
    /// <returns>False when the claim is lost.</returns>
    public async Task<bool> RenewAsync(NpgsqlConnection connection, KeyRangeClaim claim, CancellationToken cancellationToken) =>
        await ExecuteAsync(connection, KeyRangeSql.Renew, claim, cancellationToken, Statements.Value(scope.Options.Lease)) > 0;

    /// <summary>Marks the range as done.</summary>
    public Task CompleteAsync(NpgsqlConnection connection, KeyRangeClaim claim, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, claim.IsListed ? KeyRangeSql.Drop : KeyRangeSql.Complete, claim, cancellationToken);

    /// <summary>Releases the range for any worker.</summary>
    public Task ReleaseAsync(NpgsqlConnection connection, KeyRangeClaim claim, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, KeyRangeSql.Release, claim, cancellationToken);

    private static Task<KeyRangeClaim?> ReadClaimAsync(
        NpgsqlConnection connection, LocalSettings settings, NpgsqlBatchCommand command, Guid nonce, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            settings,
            command,
            row => new KeyRangeClaim(
                Number: row.GetInt64(0),
                Nonce: nonce,
                Fence: row.GetInt64(3),
                Cursor: row.IsDBNull(2) ? null : row.GetFieldValue<string[]>(2),
                High: row.GetFieldValue<string[]>(1),
                Attempts: row.GetInt32(4))
            {
                IsListed = row.GetBoolean(5),
            },
            cancellationToken);

    private Task<KeyRangeClaim?> FindOwnAsync(NpgsqlConnection connection, Guid nonce, CancellationToken cancellationToken) =>
        ReadClaimAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(KeyRangeSql.FindOwn, Statements.Value(scope.RunId), Statements.Value(nonce)),
            nonce,
            cancellationToken);

    private async Task<KeyRangeClaim?> TakeOverAsync(
        NpgsqlConnection connection, Guid nonce, bool takeSuspects, CancellationToken cancellationToken)
    {
        var command = Statements.Command(
            KeyRangeSql.TakeOver,
            Statements.Value(scope.RunId),
            Statements.Value(nonce),
            Statements.Value(scope.Options.Lease),
            Statements.Value(owner),
            Statements.Value(takeSuspects),
            Statements.Value(_floor));
        var claim = await ReadClaimAsync(connection, LocalSettings.Short, command, nonce, cancellationToken);
        return claim is { Attempts: > KeyRangeSplit.MaxAttempts } ? await _split.ApplyAsync(connection, claim, cancellationToken) : claim;
    }

    private async Task<KeyRangeClaim?> CarveAsync(NpgsqlConnection connection, Guid nonce, CancellationToken cancellationToken)
    {
        if (await LockFrontierAsync(connection, cancellationToken) is not { } frontier)
        {
            return null;
        }

        _floor = frontier.FirstOpen;
        var isSweep = frontier.Pass >= FirstSweep;
        var sql = (isSweep, frontier.Key) switch
        {
            (false, null) => _sql.CarveFirst,
            (false, _) => _sql.CarveNext,
            (true, null) => _sql.SweepFirst,
            (true, _) => _sql.SweepNext,
        };
        var command = Statements.Command(
            sql,
            Statements.Value(scope.RunId),
            Statements.Value(nonce),
            Statements.Key(frontier.Key),
            Statements.Value(scope.Options.Lease),
            Statements.Value(owner),
            Statements.Value(scope.RangeRows),
            Statements.Value(scope.Target.Destination),
            PendingSql.Blank(connection));

        // A sweep reads every row up to the next pending one, which may be the last of the table.
        var claim = await ReadClaimAsync(connection, isSweep ? LocalSettings.Long : LocalSettings.Short, command, nonce, cancellationToken);
        if (claim is null)
        {
            await Statements.ExecuteAsync(
                connection,
                LocalSettings.Short,
                Statements.Command(KeyRangeSql.Exhaust, Statements.Value(scope.RunId)),
                cancellationToken);
        }

        return claim;
    }

    private async Task<Frontier?> LockFrontierAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var table = scope.Target.Layout.Table;
        var frontier = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                KeyRangeSql.LockFrontier,
                Statements.Value(scope.RunId),
                Statements.Value(table.Sql),
                Statements.Oid(table.Oid),
                Statements.Value(_floor)),
            static row => new Frontier(
                row.IsDBNull(0) ? null : row.GetFieldValue<string[]>(0), row.GetInt16(1), row.GetBoolean(2), row.GetInt64(3)),
            cancellationToken);
        return frontier is null or { IsSameTable: true } ? frontier : throw new IngestException(
            IngestError.Configuration,
            $"Table {table.FullName} was dropped, renamed or replaced while in use. Run again when it is settled.");
    }

    private Task<int> ExecuteAsync(
        NpgsqlConnection connection, string sql, KeyRangeClaim claim, CancellationToken cancellationToken, params NpgsqlParameter[] more)
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
