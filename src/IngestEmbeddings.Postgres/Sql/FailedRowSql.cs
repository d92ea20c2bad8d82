using IngestEmbeddings.Postgres.Catalog;

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
            text_hash bigint,
            shape text,
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
    /// <param name="layout">The table with the texts.</param>
    /// <param name="guards">The guards of the write.</param>
    /// <remarks>$1 run, $2 destination, $3 versions, $4 stages, $5 reasons, then the key columns, then the shape of the table.</remarks>
    public static string Insert(TableLayout layout, WriteGuards guards)
    {
        var key = new KeySql(layout.Key);
        return $"""
        INSERT INTO ingest_embeddings.failed_row (run_id, destination, key, stage, reason, text_hash, shape)
        SELECT $1, $2, {key.AsArray}, u.stage, u.reason, {PendingSql.TextHash(layout)}, ${6 + key.Count}
        FROM (
            SELECT pg_catalog.unnest($3) AS version, pg_catalog.unnest($4) AS stage, pg_catalog.unnest($5) AS reason,
                   {string.Join(", ", Enumerable.Range(1, key.Count).Select(number => $"pg_catalog.unnest(${5 + number}) AS k{number}"))}
        ) AS u
        JOIN {layout.Table.Sql} AS t ON {key.EqualsSent}
        WHERE {guards.Unchanged("u.version")}
        ON CONFLICT (destination, key) DO UPDATE
        SET run_id = excluded.run_id, stage = excluded.stage, reason = excluded.reason, failed_at = now(),
            text_hash = excluded.text_hash, shape = excluded.shape
        """;
    }

    /// <summary>
    /// Forgets the failed rows that are worth another try: the row was deleted, its text is another, or the tables have changed. $1
    /// destination, $2 shape of the tables.
    /// </summary>
    public static string Forget(TableLayout layout) => $"""
        DELETE FROM ingest_embeddings.failed_row AS d
        WHERE d.destination = $1 AND (
            d.shape <> $2 OR cardinality(d.key) <> {layout.Key.Count} OR NOT EXISTS (
                SELECT FROM {layout.Table.Sql} AS t
                WHERE {string.Join(" AND ", layout.Key.Select((column, index) => IsKey(column, $"d.key[{index + 1}]")))}
                  AND (d.text_hash IS NULL OR d.text_hash = {PendingSql.TextHash(layout)})))
        """;

    // A text that is no value of the type, which another role may have put there, must not end the statement: an index is used where
    // that can be told beforehand.
    private static string IsKey(CatalogColumn column, string text)
    {
        var pattern = column.TypeName switch
        {
            "int2" => "^-?[0-9]{1,4}$",
            "int4" => "^-?[0-9]{1,9}$",
            "int8" => "^-?[0-9]{1,18}$",
            "uuid" => "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
            "text" or "varchar" => "",
            _ => null,
        };
        return pattern is null
            ? $"t.{column.Sql}::text = {text}"
            : $"t.{column.Sql} {KeySql.Operator(column, "=")} CASE WHEN {text} ~ '{pattern}' THEN {text}::{column.Type} END";
    }

    /// <summary>Forgets failed rows. $1 destination, then for each key column an array of its text forms.</summary>
    public static string ForgetSome(int columns) => $"""
        DELETE FROM ingest_embeddings.failed_row AS d
        USING unnest({string.Join(", ", Enumerable.Range(2, columns).Select(number => $"${number}"))}) AS u({string.Join(", ", Enumerable.Range(1, columns).Select(number => $"k{number}"))})
        WHERE d.destination = $1 AND d.key = ARRAY[{string.Join(", ", Enumerable.Range(1, columns).Select(number => $"u.k{number}"))}]
        """;

    /// <summary>The row <c>t</c> has not failed. Whether any row has is asked once: only then is each one looked up.</summary>
    public static string NotFailed(KeySql key, string destination) =>
        $"(NOT EXISTS (SELECT FROM ingest_embeddings.failed_row d WHERE d.destination = {destination})" +
        $" OR NOT EXISTS (SELECT FROM ingest_embeddings.failed_row d WHERE d.destination = {destination} AND d.key = {key.AsArray}))";

    /// <summary>Deletes what a condition over <c>destination</c> selects.</summary>
    public static string Delete(string condition) => $"DELETE FROM ingest_embeddings.failed_row WHERE {condition};";
}
