using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Sql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>The tables of the tool's own schema, and how those of an earlier version become these.</summary>
internal static class StateTables
{
    /// <summary>The version of the tables; a change of them raises it and adds a step after <see cref="FromVersion5"/>.</summary>
    public const int Version = 6;

    /// <summary>Creates everything.</summary>
    /// <remarks>
    /// Keys are text arrays: the text form of each key column, cast back by the server where they are used. Nothing in these tables
    /// is ever executed: what a statement needs is stored as names, numbers and enumerated words.
    /// </remarks>
    public const string Create = $"""
        CREATE TABLE ingest_embeddings.version (number integer NOT NULL);
        CREATE TABLE ingest_embeddings.space (
            destination text PRIMARY KEY,
            model text NOT NULL,
            fingerprint text NOT NULL,
            dimension integer NOT NULL,
            normalized boolean NOT NULL,
            prefix text NOT NULL,
            max_tokens integer,
            precision text NOT NULL,
            recorded_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE ingest_embeddings.run (
            run_id uuid PRIMARY KEY,
            destination text NOT NULL,
            source text NOT NULL,
            model text NOT NULL,
            fingerprint text NOT NULL,
            frontier text[],
            exhausted boolean NOT NULL DEFAULT false,
            pass smallint NOT NULL DEFAULT 0,
            next_range bigint NOT NULL DEFAULT 1,
            complete boolean NOT NULL DEFAULT false,
            replaces_since timestamptz,
            terms text NOT NULL DEFAULT '',
            created_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz
        );
        CREATE UNIQUE INDEX run_active ON ingest_embeddings.run (destination) WHERE finished_at IS NULL;
        {KeyRangeSql.Create}
        {FailedRowSql.Create}
        {CreateDroppedIndex}
        {ChangeSql.Create}
        {CreateMeasure}
        {ReceiptBook.Create}
        CREATE TABLE ingest_embeddings.worker (
            run_id uuid NOT NULL,
            worker_id uuid PRIMARY KEY,
            host text NOT NULL,
            pid integer NOT NULL,
            number integer NOT NULL,
            version text NOT NULL,
            started_at timestamptz NOT NULL DEFAULT now(),
            last_seen timestamptz NOT NULL DEFAULT now(),
            rows_written bigint NOT NULL DEFAULT 0
        );
        INSERT INTO ingest_embeddings.version VALUES (6);
        """;

    /// <summary>The indexes that version 2 dropped and whose definition cannot be taken apart: partial ones, and expressions.</summary>
    public const string UnknownIndexes = $"""
        SELECT name, definition FROM ingest_embeddings.dropped_index WHERE definition !~ '{Definition}'
        """;

    /// <summary>
    /// Takes over everything of version 2, in whose words a key range was a chunk and a failed row dead. A run that it began is
    /// resumed.
    /// </summary>
    public const string FromVersion2 = $"""
        ALTER TABLE ingest_embeddings.chunk RENAME TO key_range;
        ALTER INDEX ingest_embeddings.chunk_pkey RENAME TO key_range_pkey;
        ALTER INDEX ingest_embeddings.chunk_open RENAME TO key_range_open;
        ALTER TABLE ingest_embeddings.dead RENAME TO failed_row;
        ALTER TABLE ingest_embeddings.failed_row RENAME COLUMN at TO failed_at;
        ALTER TABLE ingest_embeddings.failed_row ADD COLUMN text_hash bigint, ADD COLUMN shape text;
        ALTER INDEX ingest_embeddings.dead_pkey RENAME TO failed_row_pkey;
        ALTER INDEX ingest_embeddings.run_live RENAME TO run_active;
        ALTER TABLE ingest_embeddings.run RENAME COLUMN next_chunk TO next_range;
        ALTER TABLE ingest_embeddings.run RENAME COLUMN remade_since TO replaces_since;
        ALTER TABLE ingest_embeddings.run DROP COLUMN frequency_table;
        ALTER TABLE ingest_embeddings.worker RENAME COLUMN rows_done TO rows_written;
        ALTER TABLE ingest_embeddings.dropped_index RENAME TO dropped_index_2;
        ALTER INDEX ingest_embeddings.dropped_index_pkey RENAME TO dropped_index_2_pkey;
        {CreateDroppedIndex}
        INSERT INTO ingest_embeddings.dropped_index (schema_name, index_name, destination, method, operator_class, options, dropped_at)
        SELECT (parse_ident(name))[1], (parse_ident(name))[2], destination, part[1], part[2],
               coalesce(string_to_array(translate(part[3], ' ''"', ''), ','), ARRAY[]::text[]), dropped_at
        FROM ingest_embeddings.dropped_index_2, regexp_match(definition, '{Definition}') AS part;
        DROP TABLE ingest_embeddings.dropped_index_2;
        UPDATE ingest_embeddings.version SET number = 3;
        """;

    /// <summary>Adds the log of changes, what made the metrics, and the terms of a run.</summary>
    public const string FromVersion3 = $"""
        ALTER TABLE ingest_embeddings.run ADD COLUMN terms text NOT NULL DEFAULT '';
        ALTER TABLE ingest_embeddings.key_range ADD COLUMN keys text[];
        {ChangeSql.Create}
        {CreateMeasure}
        UPDATE ingest_embeddings.version SET number = 4;
        """;

    /// <summary>Adds the receipts of runs.</summary>
    public const string FromVersion4 = $"""
        {ReceiptBook.Create}
        UPDATE ingest_embeddings.version SET number = 5;
        """;

    /// <summary>Adds what a note without keys is about.</summary>
    public const string FromVersion5 = """
        ALTER TABLE ingest_embeddings.change ADD COLUMN IF NOT EXISTS oldest xid8;
        UPDATE ingest_embeddings.version SET number = 6;
        """;

    private const string CreateMeasure = """
        CREATE TABLE ingest_embeddings.measure (
            destination text PRIMARY KEY,
            recipe text NOT NULL,
            recorded_at timestamptz NOT NULL DEFAULT now()
        );
        """;

    private const string CreateDroppedIndex = """
        CREATE TABLE ingest_embeddings.dropped_index (
            schema_name text NOT NULL,
            index_name text NOT NULL,
            destination text NOT NULL,
            method text NOT NULL,
            operator_class text,
            form text,
            dimension integer,
            options text[] NOT NULL DEFAULT ARRAY[]::text[],
            dropped_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (schema_name, index_name)
        );
        """;

    // As pg_get_indexdef writes an index over one column: the method, the operator class without its schema, the options.
    private const string Definition =
        """ USING (hnsw|ivfflat) \((?:[a-z_][a-z0-9_$]*|"(?:[^"]|"")+")(?: (?:[a-z0-9_]+\.|"[^"]+"\.)?([a-z0-9_]+_ops))?\)(?: WITH \(([^()]*)\))?$""";
}
