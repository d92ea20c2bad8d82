using IngestEmbeddings.Postgres.Sql;
using Npgsql;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>Splits a key range that ends its workers, until the row that does it is alone and recorded as failed.</summary>
/// <remarks>
/// A worker that is killed, by the kernel for memory say, cannot tell which row did it; but the attempts of its key range are
/// counted while no row of it is written. After <see cref="MaxAttempts"/> each further claim halves the range: a bad row among n
/// costs about log2(n) + 5 ends of workers.
/// </remarks>
internal sealed class KeyRangeSplit
{
    /// <summary>Claims without a row written after which the range itself is suspected.</summary>
    public const int MaxAttempts = 3;

    // A row that is alone for the first time starts with few attempts: its neighbours may have been at fault.
    private const int AttemptsOfOne = 1;

    private readonly RunScope _scope;
    private readonly string _findFirst;
    private readonly string _findNext;

    public KeyRangeSplit(RunScope scope)
    {
        _scope = scope;
        var key = new KeySql(scope.Target.Layout.Key);
        string Find(string range) => $"""
            WITH pending AS (
                SELECT {key.AsArray} AS key, row_number() OVER (ORDER BY {key.Columns}) AS number, count(*) OVER () AS rows
                FROM {scope.Target.Layout.Table.Sql} AS t
                WHERE {range} AND {scope.Target.Pending("$3", "$4")}
            )
            SELECT key, rows FROM pending WHERE number = (rows + 1) / 2
            """;
        _findFirst = Find(key.UpTo("$2"));
        _findNext = Find($"{key.After("$1")} AND {key.UpTo("$2")}");
    }

    /// <summary>Halves the range of a claim just made, or records its only row as failed. In the transaction of the claim.</summary>
    /// <returns>The claim on what is left of the range.</returns>
    public async Task<KeyRangeClaim> ApplyAsync(NpgsqlConnection connection, KeyRangeClaim claim, CancellationToken cancellationToken)
    {
        var middle = await Statements.FirstAsync(
            connection,
            LocalSettings.Long,
            Statements.Command(
                claim.Cursor is null ? _findFirst : _findNext,
                Statements.Key(claim.Cursor),
                Statements.Key(claim.High),
                Statements.Value(_scope.Target.Destination),
                PendingSql.Blank(connection)),
            static row => new Middle(row.GetFieldValue<string[]>(0), row.GetInt64(1)),
            cancellationToken);
        switch (middle)
        {
            case null:
                return claim;
            case { Rows: 1 }:
                await FailAsync(connection, middle.Key, claim.Attempts - 1, cancellationToken);
                return claim;
            default:
                return await HalveAsync(connection, claim, middle, cancellationToken);
        }
    }

    private async Task<KeyRangeClaim> HalveAsync(
        NpgsqlConnection connection, KeyRangeClaim claim, Middle middle, CancellationToken cancellationToken)
    {
        // The half that is claimed now has this attempt counted already; the other one's will be when it is claimed.
        var upper = middle.Rows / 2;
        var attempts = middle.Rows - upper == 1 ? AttemptsOfOne : MaxAttempts;
        await Statements.ExecuteAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                KeyRangeSql.Halve,
                Statements.Value(_scope.RunId),
                Statements.Value(claim.Number),
                Statements.Key(middle.Key),
                Statements.Value(attempts),
                Statements.Key(claim.High),
                Statements.Value(upper == 1 ? AttemptsOfOne : MaxAttempts - 1)),
            cancellationToken);
        return claim with { High = middle.Key };
    }

    private Task<int> FailAsync(NpgsqlConnection connection, string[] key, int attempts, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                FailedRowSql.InsertOne,
                Statements.Value(_scope.RunId),
                Statements.Value(_scope.Target.Destination),
                Statements.Key(key),
                Statements.Value($"{attempts} workers ended while they had this row alone")),
            cancellationToken);

    private sealed record Middle(string[] Key, long Rows);
}
