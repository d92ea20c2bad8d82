namespace IngestEmbeddings.Postgres.Sql;

/// <summary>The log of changes: which rows of a table the application has inserted, changed or deleted.</summary>
internal static class ChangeSql
{
    // The keys of a note are texts, an array for each row; no key where every row is to be looked at. Out of line and not compressed,
    // because a note is written in the application's transaction and read once. Rows that a note without keys is about were written
    // by a transaction not before the oldest.
    public const string Create = """
        CREATE TABLE ingest_embeddings.change (
            table_oid oid NOT NULL,
            id bigint GENERATED ALWAYS AS IDENTITY,
            operation text NOT NULL,
            keys text[] NOT NULL,
            noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            oldest xid8,
            PRIMARY KEY (table_oid, id)
        );
        ALTER TABLE ingest_embeddings.change ALTER COLUMN keys SET STORAGE EXTERNAL;
        """;

    /// <summary>The notes of a table. $1 the table.</summary>
    public const string Any = "SELECT EXISTS (SELECT FROM ingest_embeddings.change WHERE table_oid = $1)";

    /// <summary>Drops the notes of a table. $1 the table.</summary>
    public const string Delete = "DELETE FROM ingest_embeddings.change WHERE table_oid = $1";

    /// <summary>
    /// Takes the oldest notes of a table that no other process takes, a row for each key; a note of no key has NULL. $1 the table,
    /// $2 the maximum notes.
    /// </summary>
    /// <param name="columns">The columns of the key.</param>
    public static string Take(int columns) => $"""
        WITH taken AS (
            DELETE FROM ingest_embeddings.change AS c
            USING (
                SELECT table_oid, id FROM ingest_embeddings.change WHERE table_oid = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
            ) AS oldest
            WHERE c.table_oid = oldest.table_oid AND c.id = oldest.id
            RETURNING c.operation, c.keys, c.oldest
        )
        SELECT taken.operation, taken.oldest::text, {string.Join(", ", Enumerable.Range(1, columns).Select(column => $"taken.keys[place][{column}]"))}
        FROM taken LEFT JOIN LATERAL generate_subscripts(taken.keys, 1) AS place ON true
        """;

    /// <summary>The channel on which a note of a table is announced.</summary>
    public static string Channel(uint table) => FormattableString.Invariant($"ingest_embeddings_{table}");
}
