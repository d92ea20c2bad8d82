namespace IngestEmbeddings.Postgres.Sql;

/// <summary>The SQL over the table of failed rows: a key and a reason for each, never the text.</summary>
internal static class FailedRowSql
{
    /// <summary>The table.</summary>
    public const string Create = """
        CREATE TABLE ingest_embeddings.failed_row (
            destination text NOT NULL,
            key text[] NOT NULL,
            stage text NOT NULL,
            reason text NOT NULL,
            run_id uuid NOT NULL,
            failed_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (destination, key)
        );
        """;

    /// <summary>$1 destination.</summary>
    public const string Count = "SELECT count(*) FROM ingest_embeddings.failed_row WHERE destination = $1";

    /// <summary>Makes all failed rows pending again. $1 destination.</summary>
    public const string Retry = "DELETE FROM ingest_embeddings.failed_row WHERE destination = $1";

    /// <summary>Records the row that ends its workers. $1 run, $2 destination, $3 key, $4 reason.</summary>
    public const string InsertOne = """
        INSERT INTO ingest_embeddings.failed_row (run_id, destination, key, stage, reason)
        VALUES ($1, $2, $3, 'worker', $4)
        ON CONFLICT (destination, key) DO NOTHING
        """;

    /// <summary>Lists failed rows and their number. $1 and $2: beginnings or names of destinations, $3 the maximum rows.</summary>
    public const string List = """
        SELECT CASE WHEN cardinality(key) = 1 THEN key[1] ELSE '(' || array_to_string(key, ', ') || ')' END, stage, reason,
               count(*) OVER ()
        FROM ingest_embeddings.failed_row
        WHERE starts_with(destination, $1) OR destination = $2
        ORDER BY failed_at, key
        LIMIT $3
        """;

    /// <summary>Records rows that failed and are still the version that was read.</summary>
    /// <param name="table">The table with the texts, in SQL.</param>
    /// <param name="key">Its key.</param>
    /// <param name="guards">The guards of the write.</param>
    /// <remarks>$1 run, $2 destination, $3 versions, $4 stages, $5 reasons, then the key columns.</remarks>
    public static string Insert(string table, KeySql key, WriteGuards guards) => $"""
        INSERT INTO ingest_embeddings.failed_row (run_id, destination, key, stage, reason)
        SELECT $1, $2, {key.AsArray}, u.stage, u.reason
        FROM unnest({string.Join(", ", Enumerable.Range(6, key.Count).Select(number => "$" + number))}, $3, $4, $5)
            AS u({key.Sent}, version, stage, reason)
        JOIN {table} AS t ON {key.EqualsSent}
        WHERE {guards.Unchanged("u.version")}
        ON CONFLICT (destination, key) DO UPDATE
        SET run_id = excluded.run_id, stage = excluded.stage, reason = excluded.reason, failed_at = now()
        """;

    /// <summary>The row <c>t</c> has not failed. Whether any row has is asked once: only then is each one looked up.</summary>
    public static string NotFailed(KeySql key, string destination) =>
        $"(NOT EXISTS (SELECT FROM ingest_embeddings.failed_row d WHERE d.destination = {destination})" +
        $" OR NOT EXISTS (SELECT FROM ingest_embeddings.failed_row d WHERE d.destination = {destination} AND d.key = {key.AsArray}))";

    /// <summary>Deletes what a condition over <c>destination</c> selects.</summary>
    public static string Delete(string condition) => $"DELETE FROM ingest_embeddings.failed_row WHERE {condition};";
}
