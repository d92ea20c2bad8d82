using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.State;
using Npgsql;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>Splits a chunk that ends its workers, until the row that does it stands alone and is set aside.</summary>
/// <remarks>
/// A worker that is killed, by the kernel for memory say, cannot tell which row did it; but the chunk's attempts go on
/// counting while no row of it is written. After <see cref="MostAttempts"/> the chunk is halved at each further claim: a bad
/// row among n costs about log2(n) + 5 ends of workers.
/// </remarks>
internal sealed class ChunkSplit
{
    /// <summary>Claims without a row written after which the chunk itself is suspected.</summary>
    public const int MostAttempts = 3;

    // A row that stands alone for the first time gets fresh attempts: its neighbours may have been at fault.
    private const int AttemptsOfOne = 1;

    private const string Insert = """
        WITH numbered AS (
            UPDATE ingest_embeddings.run SET next_chunk = next_chunk + 1 WHERE run_id = $1 RETURNING next_chunk - 1 AS no
        ), halved AS (
            UPDATE ingest_embeddings.chunk SET hi = $3, attempts = $4 WHERE run_id = $1 AND no = $2 RETURNING pass
        )
        INSERT INTO ingest_embeddings.chunk (run_id, no, pass, lo, hi, cursor, state, attempts)
        SELECT $1, numbered.no, halved.pass, $3, $5, $3, 0, $6 FROM numbered, halved
        """;

    private const string SetAside = """
        INSERT INTO ingest_embeddings.dead (run_id, destination, key, stage, reason)
        VALUES ($1, $2, $3, 'worker', $4)
        ON CONFLICT (destination, key) DO NOTHING
        """;

    private readonly ClaimScope _scope;
    private readonly string _findFirst;
    private readonly string _findNext;

    public ChunkSplit(TableLayout layout, ClaimScope scope)
    {
        _scope = scope;
        var key = new KeySql(layout.Key);
        string Find(string range) => $"""
            WITH pending AS (
                SELECT {key.AsArray} AS key, row_number() OVER (ORDER BY {key.Columns}) AS number, count(*) OVER () AS rows
                FROM {layout.Table.Sql} AS t
                WHERE {range} AND {PendingSql.Condition(layout, scope.MetricsOnly, "$3", "$4")}
            )
            SELECT key, rows FROM pending WHERE number = (rows + 1) / 2
            """;
        _findFirst = Find(key.UpTo("$2"));
        _findNext = Find($"{key.After("$1")} AND {key.UpTo("$2")}");
    }

    /// <summary>Halves the chunk of a claim just made, or sets its only row aside. In the transaction of the claim.</summary>
    /// <returns>The claim on what is left of the chunk.</returns>
    public async Task<ChunkClaim> ApplyAsync(NpgsqlConnection connection, ChunkClaim claim, CancellationToken cancellationToken)
    {
        var middle = await Statements.FirstAsync(
            connection,
            LocalSettings.Long,
            Statements.Command(
                claim.ReadTo is null ? _findFirst : _findNext,
                Statements.Key(claim.ReadTo),
                Statements.Key(claim.High),
                Statements.Value(_scope.Destination),
                PendingSql.WhiteSpace(connection)),
            static row => new Middle(row.GetFieldValue<string[]>(0), row.GetInt64(1)),
            cancellationToken);
        switch (middle)
        {
            case null:
                return claim;
            case { Rows: 1 }:
                await SetAsideAsync(connection, middle.Key, claim.Attempts - 1, cancellationToken);
                return claim;
            default:
                return await HalveAsync(connection, claim, middle, cancellationToken);
        }
    }

    private async Task<ChunkClaim> HalveAsync(
        NpgsqlConnection connection, ChunkClaim claim, Middle middle, CancellationToken cancellationToken)
    {
        // The half that is claimed now has this attempt counted already; the other one's will be when it is claimed.
        var upper = middle.Rows / 2;
        var attempts = middle.Rows - upper == 1 ? AttemptsOfOne : MostAttempts;
        await Statements.ExecuteAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                Insert,
                Statements.Value(_scope.RunId),
                Statements.Value(claim.Number),
                Statements.Key(middle.Key),
                Statements.Value(attempts),
                Statements.Key(claim.High),
                Statements.Value(upper == 1 ? AttemptsOfOne : MostAttempts - 1)),
            cancellationToken);
        return claim.UpTo(middle.Key);
    }

    private Task<int> SetAsideAsync(NpgsqlConnection connection, string[] key, int attempts, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                SetAside,
                Statements.Value(_scope.RunId),
                Statements.Value(_scope.Destination),
                Statements.Key(key),
                Statements.Value($"{attempts} workers ended while they had this row alone")),
            cancellationToken);

    private sealed record Middle(string[] Key, long Rows);
}
