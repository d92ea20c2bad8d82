using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.State;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>The statements of the claim protocol over one table.</summary>
/// <remarks>
/// A chunk is a range of keys that one worker does. Ranges, not rows, are claimed: a claim then costs the same from the
/// first to the last, however many dead versions the table has. Leases go by the database's clock.
/// </remarks>
internal sealed class ClaimStatements
{
    /// <summary>The claim that an earlier try made and whose answer was lost.</summary>
    public const string FindOwn = """
        SELECT no, hi, cursor, fence, attempts FROM ingest_embeddings.chunk WHERE run_id = $1 AND nonce = $2 AND state = 1
        """;

    /// <summary>
    /// Takes the first chunk that was given back or whose lease has run out. $5: whether one may be taken whose last claim
    /// ended without a row written. $6: the number below which no chunk is open: the index keeps entries of chunks that are
    /// done for as long as anybody's snapshot may need them, and passing over them again at every claim would add up.
    /// </summary>
    public const string Retake = """
        UPDATE ingest_embeddings.chunk AS c
        SET state = 1, nonce = $2, fence = c.fence + 1, attempts = c.attempts + 1, owner = $4,
            lease_until = clock_timestamp() + $3
        FROM (
            SELECT no
            FROM ingest_embeddings.chunk
            WHERE run_id = $1 AND state < 2 AND (state = 0 OR lease_until < clock_timestamp()) AND ($5 OR attempts = 0) AND no >= $6
            ORDER BY no
            LIMIT 1
            FOR UPDATE SKIP LOCKED
        ) AS free
        WHERE c.run_id = $1 AND c.no = free.no
        RETURNING c.no, c.hi, c.cursor, c.fence, c.attempts
        """;

    /// <summary>Locks the run for carving, and finds the first open chunk from $4 on. In a sweep the lock is held for long, so others do not wait for it.</summary>
    public const string LockFrontier = """
        SELECT r.frontier, r.pass, to_regclass($2) IS NOT NULL AND to_regclass($2)::oid = $3,
               coalesce((SELECT min(c.no) FROM ingest_embeddings.chunk c WHERE c.run_id = $1 AND c.state < 2 AND c.no >= $4), r.next_chunk)
        FROM ingest_embeddings.run r
        WHERE r.run_id = $1 AND NOT r.exhausted AND r.finished_at IS NULL
        FOR NO KEY UPDATE SKIP LOCKED
        """;

    public const string Exhaust = "UPDATE ingest_embeddings.run SET exhausted = true WHERE run_id = $1";

    public const string Renew = """
        UPDATE ingest_embeddings.chunk SET lease_until = clock_timestamp() + $5
        WHERE run_id = $1 AND no = $2 AND nonce = $3 AND fence = $4 AND state = 1
        """;

    public const string Complete = """
        UPDATE ingest_embeddings.chunk SET state = 2, cursor = hi, lease_until = NULL
        WHERE run_id = $1 AND no = $2 AND nonce = $3 AND fence = $4 AND state = 1
        """;

    /// <summary>Gives a chunk back: it was no crash, so the claim is not counted.</summary>
    public const string Release = """
        UPDATE ingest_embeddings.chunk SET state = 0, lease_until = NULL, attempts = greatest(attempts - 1, 0)
        WHERE run_id = $1 AND no = $2 AND nonce = $3 AND fence = $4 AND state = 1
        """;

    public ClaimStatements(TableLayout layout, bool metricsOnly)
    {
        var key = new KeySql(layout.Key);
        var pending = PendingSql.Condition(layout, metricsOnly, "$7", "$8");
        CarveFirst = Carve(layout, key, "true");
        CarveNext = Carve(layout, key, key.After("$3"));
        SweepFirst = Carve(layout, key, pending);
        SweepNext = Carve(layout, key, $"{key.After("$3")} AND {pending}");
    }

    /// <summary>Carves the next rows of the table, whatever they are: reads the key's index and nothing else.</summary>
    public string CarveNext { get; }

    /// <summary>The same at the start of the table.</summary>
    public string CarveFirst { get; }

    /// <summary>Carves a range around the next rows that are still to be done.</summary>
    public string SweepNext { get; }

    /// <summary>The same at the start of the table.</summary>
    public string SweepFirst { get; }

    // The last of the next so many rows, or, where fewer are left, the last of all. The second part is run only where the first
    // gives no row.
    // $1 run, $2 nonce, $3 frontier, $4 lease, $5 owner, $6 rows, $7 destination, $8 white space.
    private static string Carve(TableLayout layout, KeySql key, string condition) => $"""
        WITH last AS (
            SELECT {key.AsArray} AS hi FROM (
                (SELECT {key.Columns} FROM {layout.Table.Sql} AS t WHERE {condition} ORDER BY {key.Columns} OFFSET $6 - 1 LIMIT 1)
                UNION ALL
                (SELECT {key.Columns} FROM {layout.Table.Sql} AS t WHERE {condition} ORDER BY {key.Descending} LIMIT 1)
                LIMIT 1
            ) AS t
        ), moved AS (
            UPDATE ingest_embeddings.run SET frontier = last.hi, next_chunk = next_chunk + 1
            FROM last
            WHERE run_id = $1
            RETURNING next_chunk - 1 AS no, pass, last.hi
        )
        INSERT INTO ingest_embeddings.chunk (run_id, no, pass, lo, hi, cursor, state, nonce, fence, attempts, owner, lease_until)
        SELECT $1, no, pass, $3, hi, $3, 1, $2, 1, 1, $5, clock_timestamp() + $4 FROM moved
        RETURNING no, hi, cursor, fence, attempts
        """;
}
