using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.Targets;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>All SQL over the table of key ranges: the claim protocol, statement by statement.</summary>
/// <remarks>
/// Ranges of keys, not rows, are claimed: a claim then costs the same from the first to the last, however many dead versions
/// the table has. Leases go by the database's clock.
/// </remarks>
internal sealed class KeyRangeSql
{
    /// <summary>The table: rows <c>(lo, hi]</c> of the key, done up to <c>cursor</c>.</summary>
    /// <remarks>
    /// Nonce and fence tell one claim of a range from another; last_write tells whether a commit was made whose answer was lost.
    /// The fill factor leaves room on the page for the updates of a claim.
    /// </remarks>
    public const string Create = $"""
        CREATE TABLE ingest_embeddings.key_range (
            run_id uuid NOT NULL,
            no bigint NOT NULL,
            pass smallint NOT NULL,
            lo text[],
            hi text[] NOT NULL,
            cursor text[],
            state smallint NOT NULL,
            nonce uuid,
            fence bigint NOT NULL DEFAULT 0,
            lease_until timestamptz,
            attempts integer NOT NULL DEFAULT 0,
            owner text,
            last_write uuid,
            keys text[],
            PRIMARY KEY (run_id, no)
        ) WITH (fillfactor = 50);
        CREATE INDEX key_range_open ON ingest_embeddings.key_range (run_id, no) WHERE {KeyRangeState.Open};
        """;

    /// <summary>The claim that an earlier try made and whose answer was lost. $1 run, $2 nonce.</summary>
    public const string FindOwn = $"""
        SELECT no, hi, cursor, fence, attempts, keys IS NOT NULL FROM ingest_embeddings.key_range
        WHERE run_id = $1 AND nonce = $2 AND state = {KeyRangeState.Claimed}
        """;

    /// <summary>Claims the first key range that is free or whose lease has run out.</summary>
    /// <remarks>
    /// $1 run, $2 nonce, $3 lease, $4 owner. $5: also take key ranges whose last claim wrote nothing (suspects). $6: the number below
    /// which no range is open: while an old snapshot is held, the index keeps entries of ranges that are done, and every claim would
    /// pass over them again.
    /// </remarks>
    public const string TakeOver = $"""
        UPDATE ingest_embeddings.key_range AS c
        SET state = {KeyRangeState.Claimed}, nonce = $2, fence = c.fence + 1, attempts = c.attempts + 1, owner = $4,
            lease_until = clock_timestamp() + $3
        FROM (
            SELECT no
            FROM ingest_embeddings.key_range
            WHERE run_id = $1 AND {KeyRangeState.Open} AND (state = {KeyRangeState.Free} OR lease_until < clock_timestamp()) AND ($5 OR attempts = 0) AND no >= $6
            ORDER BY no
            LIMIT 1
            FOR UPDATE SKIP LOCKED
        ) AS free
        WHERE c.run_id = $1 AND c.no = free.no
        RETURNING c.no, c.hi, c.cursor, c.fence, c.attempts, c.keys IS NOT NULL
        """;

    /// <summary>Locks the run's frontier and finds the first open key range from $4 on. $1 run, $2 table, $3 its oid.</summary>
    /// <remarks>A sweep holds the lock for long, so others skip it.</remarks>
    public const string LockFrontier = $"""
        SELECT r.frontier, r.pass, to_regclass($2) IS NOT NULL AND to_regclass($2)::oid = $3,
               coalesce((SELECT min(c.no) FROM ingest_embeddings.key_range c WHERE c.run_id = $1 AND c.{KeyRangeState.Open} AND c.no >= $4), r.next_range)
        FROM ingest_embeddings.run r
        WHERE r.run_id = $1 AND NOT r.exhausted AND r.finished_at IS NULL
        FOR NO KEY UPDATE SKIP LOCKED
        """;

    /// <summary>The table has no more keys for this pass. $1 run.</summary>
    public const string Exhaust = "UPDATE ingest_embeddings.run SET exhausted = true WHERE run_id = $1";

    /// <summary>Renews the lease; touches no row where the claim is lost. $1 run, $2 number, $3 nonce, $4 fence, $5 lease.</summary>
    public const string Renew = $"""
        UPDATE ingest_embeddings.key_range SET lease_until = clock_timestamp() + $5
        WHERE {OwnClaim}
        """;

    /// <summary>Every row of the range is written, or failed. $1 run, $2 number, $3 nonce, $4 fence.</summary>
    public const string Complete = $"""
        UPDATE ingest_embeddings.key_range SET state = {KeyRangeState.Done}, cursor = hi, lease_until = NULL
        WHERE {OwnClaim}
        """;

    /// <summary>Drops a range of listed keys when it is done: a run that watches has no end. Parameters as <see cref="Complete"/>.</summary>
    public const string Drop = $"DELETE FROM ingest_embeddings.key_range WHERE {OwnClaim}";

    /// <summary>Releases the range: the claim did not end in a crash, so it is not counted. Parameters as <see cref="Complete"/>.</summary>
    public const string Release = $"""
        UPDATE ingest_embeddings.key_range SET state = {KeyRangeState.Free}, lease_until = NULL, attempts = greatest(attempts - 1, 0)
        WHERE {OwnClaim}
        """;

    /// <summary>Whether an earlier try of a write was committed. $1 run, $2 number, $3 write.</summary>
    public const string WasWritten = """
        SELECT EXISTS (SELECT FROM ingest_embeddings.key_range WHERE run_id = $1 AND no = $2 AND last_write = $3)
        """;

    /// <summary>
    /// Ends a claimed range at $3, which is to have $4 attempts, and inserts the rest up to $5 with $6 attempts. $1 run, $2 number.
    /// </summary>
    public const string Halve = $"""
        WITH numbered AS (
            UPDATE ingest_embeddings.run SET next_range = next_range + 1 WHERE run_id = $1 RETURNING next_range - 1 AS no
        ), halved AS (
            UPDATE ingest_embeddings.key_range SET hi = $3, attempts = $4 WHERE run_id = $1 AND no = $2 RETURNING pass
        )
        INSERT INTO ingest_embeddings.key_range (run_id, no, pass, lo, hi, cursor, state, attempts)
        SELECT $1, numbered.no, halved.pass, $3, $5, $3, {KeyRangeState.Free}, $6 FROM numbered, halved
        """;

    /// <summary>The processes of machine $2 that hold claims in run $1 from place $3 (<see cref="MachineIdentity"/>).</summary>
    /// <remarks>
    /// Owners are host/process/number/place. Those of former versions have no place: their process ids may mean processes elsewhere,
    /// so their leases run out by themselves.
    /// </remarks>
    public const string ProcessesOf = $"""
        SELECT DISTINCT split_part(owner, '/', 2)
        FROM ingest_embeddings.key_range
        WHERE run_id = $1 AND state = {KeyRangeState.Claimed} AND split_part(owner, '/', 1) = $2 AND split_part(owner, '/', 4) = $3
        """;

    /// <summary>Ends the leases in run $1 of the processes $3 of machine $2 at place $4.</summary>
    public const string EndLeases = $"""
        UPDATE ingest_embeddings.key_range
        SET lease_until = clock_timestamp()
        WHERE run_id = $1 AND state = {KeyRangeState.Claimed} AND lease_until > clock_timestamp()
          AND split_part(owner, '/', 1) = $2 AND split_part(owner, '/', 2) = ANY($3)
          AND split_part(owner, '/', 4) = $4
        """;

    /// <summary>The claim in run $1, of another process than $3 of machine $2 at place $4, whose lease ends last.</summary>
    public const string LongestHeld = $"""
        SELECT split_part(owner, '/', 1), split_part(owner, '/', 2), extract(epoch FROM lease_until - clock_timestamp())::float8
        FROM ingest_embeddings.key_range
        WHERE run_id = $1 AND state = {KeyRangeState.Claimed} AND lease_until > clock_timestamp()
          AND (split_part(owner, '/', 1) <> $2 OR split_part(owner, '/', 2) <> $3::text OR split_part(owner, '/', 4) <> $4)
        ORDER BY lease_until DESC
        LIMIT 1
        """;

    /// <summary>Run <c>r</c> has a key range that is not done.</summary>
    public const string AnyOpen = $"EXISTS (SELECT FROM ingest_embeddings.key_range c WHERE c.run_id = r.run_id AND c.{KeyRangeState.Open})";

    /// <summary>Run <c>r</c> has a key range that can be claimed.</summary>
    public const string AnyFree = $"""
        EXISTS (SELECT FROM ingest_embeddings.key_range c
                WHERE c.run_id = r.run_id AND c.{KeyRangeState.Open} AND (c.state = {KeyRangeState.Free} OR c.lease_until < clock_timestamp()))
        """;

    /// <summary>Run <c>r</c> has a key range that a worker holds.</summary>
    public const string AnyHeld = $"EXISTS (SELECT {OfHeld})";

    /// <summary>How many key ranges of run <c>r</c> workers hold.</summary>
    public const string CountHeld = $"(SELECT count(*) {OfHeld})";

    /// <summary>Deletes the key ranges of a run: its workers can write nothing more. $1 run.</summary>
    public const string DeleteOfRun = "DELETE FROM ingest_embeddings.key_range WHERE run_id = $1";

    private const string OwnClaim = $"run_id = $1 AND no = $2 AND nonce = $3 AND fence = $4 AND state = {KeyRangeState.Claimed}";

    private const string OfHeld = $"""
        FROM ingest_embeddings.key_range c
        WHERE c.run_id = r.run_id AND c.state = {KeyRangeState.Claimed} AND c.lease_until >= clock_timestamp()
        """;

    public KeyRangeSql(RunTarget target)
    {
        var key = new KeySql(target.Layout.Key);
        var table = target.Layout.Table.Sql;
        var pending = target.Pending("$7", "$8");
        var readable = Utf8Sql.AndReadableKey(target.Layout);
        CarveFirst = Carve(table, key, "true" + readable);
        CarveNext = Carve(table, key, key.After("$3") + readable);
        SweepFirst = Carve(table, key, pending);
        SweepNext = Carve(table, key, $"{key.After("$3")} AND {pending}");
    }

    /// <summary>Carves the next rows of the table, whatever they are: reads the key's index and nothing else.</summary>
    public string CarveNext { get; }

    /// <summary>The same at the start of the table.</summary>
    public string CarveFirst { get; }

    /// <summary>Carves a range around the next pending rows.</summary>
    public string SweepNext { get; }

    /// <summary>The same at the start of the table.</summary>
    public string SweepFirst { get; }

    /// <summary>
    /// Verifies the fence, renews the lease and advances the cursor; returns no row where another worker has the range.
    /// </summary>
    /// <remarks>
    /// $1 run, $2 number, $3 nonce, $4 fence, $5 lease, $6 cursor, $7 write. A write that was committed and whose answer was lost
    /// does not pass a second time. A written row is progress: the range is no suspect any more.
    /// </remarks>
    public static string Advance(WriteGuards guards) => $"""
        UPDATE ingest_embeddings.key_range
        SET lease_until = clock_timestamp() + $5, cursor = coalesce($6, cursor), last_write = $7, attempts = 0
        WHERE run_id = $1 AND no = $2 AND {Held(guards)} AND last_write IS DISTINCT FROM $7
        RETURNING no, now()
        """;

    /// <summary>Verifies the fence in a transaction that has advanced the cursor. Parameters as <see cref="Advance"/>.</summary>
    public static string Verify(WriteGuards guards) => $"""
        SELECT no FROM ingest_embeddings.key_range
        WHERE run_id = $1 AND no = $2 AND {Held(guards)} AND last_write = $7 AND $5::interval IS NOT NULL AND ($6::text[] IS NULL OR true)
        """;

    /// <summary>Deletes the key ranges of the runs that a condition over <c>run_id</c> selects.</summary>
    public static string Delete(string condition) => $"DELETE FROM ingest_embeddings.key_range WHERE {condition}";

    private static string Held(WriteGuards guards) => guards.Fence
        ? $"nonce = $3 AND fence = $4 AND state = {KeyRangeState.Claimed}"
        : "$3::uuid IS NOT NULL AND $4::bigint IS NOT NULL";

    // The last of the next so many rows, or, where fewer are left, the last of all: the second part runs only where the first
    // returns no row.
    // $1 run, $2 nonce, $3 frontier, $4 lease, $5 owner, $6 rows, $7 destination, $8 blank characters.
    private static string Carve(string table, KeySql key, string condition) => $"""
        WITH last AS (
            SELECT {key.AsArray} AS hi FROM (
                (SELECT {key.Columns} FROM {table} AS t WHERE {condition} ORDER BY {key.Columns} OFFSET $6 - 1 LIMIT 1)
                UNION ALL
                (SELECT {key.Columns} FROM {table} AS t WHERE {condition} ORDER BY {key.Descending} LIMIT 1)
                LIMIT 1
            ) AS t
        ), moved AS (
            UPDATE ingest_embeddings.run SET frontier = last.hi, next_range = next_range + 1
            FROM last
            WHERE run_id = $1
            RETURNING next_range - 1 AS no, pass, last.hi
        )
        INSERT INTO ingest_embeddings.key_range (run_id, no, pass, lo, hi, cursor, state, nonce, fence, attempts, owner, lease_until)
        SELECT $1, no, pass, $3, hi, $3, {KeyRangeState.Claimed}, $2, 1, 1, $5, clock_timestamp() + $4 FROM moved
        RETURNING no, hi, cursor, fence, attempts, false
        """;
}
