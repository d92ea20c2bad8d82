using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Creates the tool's own schema, <c>ingest_embeddings</c>, and checks its version.</summary>
internal static class StateSchema
{
    private const int Version = 2;

    // Any constant of our own: makes two processes that create the schema take turns.
    private const string TakeTurns = "SELECT pg_advisory_xact_lock(7016997182206734953)";

    // The catalog's tables, not to_regclass: within a transaction that answers from a cache, which would still say that nothing is
    // there when another process has created the schema while this one waited for its turn.
    private const string ReadVersion = """
        SELECT count(*)::integer
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'ingest_embeddings' AND c.relname = 'version'
        """;

    // Keys are text arrays: the text form of each key column, cast back by the server where they are used.
    // chunk: rows (lo, hi] of the key, done up to cursor. state: 0 free, 1 claimed, 2 done. The lease goes by the database's
    // clock; nonce and fence tell one claim of a chunk from another; last_write tells whether a commit was made whose answer
    // was lost. fillfactor leaves room for the updates of a claim beside the row.
    private const string Create = """
        CREATE SCHEMA IF NOT EXISTS ingest_embeddings;
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
            next_chunk bigint NOT NULL DEFAULT 1,
            complete boolean NOT NULL DEFAULT false,
            frequency_table text,
            remade_since timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz
        );
        CREATE UNIQUE INDEX run_live ON ingest_embeddings.run (destination) WHERE finished_at IS NULL;
        CREATE TABLE ingest_embeddings.chunk (
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
            PRIMARY KEY (run_id, no)
        ) WITH (fillfactor = 50);
        CREATE INDEX chunk_open ON ingest_embeddings.chunk (run_id, no) WHERE state < 2;
        CREATE TABLE ingest_embeddings.dead (
            destination text NOT NULL,
            key text[] NOT NULL,
            stage text NOT NULL,
            reason text NOT NULL,
            run_id uuid NOT NULL,
            at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (destination, key)
        );
        CREATE TABLE ingest_embeddings.dropped_index (
            name text PRIMARY KEY,
            destination text NOT NULL,
            definition text NOT NULL,
            dropped_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE ingest_embeddings.worker (
            run_id uuid NOT NULL,
            worker_id uuid PRIMARY KEY,
            host text NOT NULL,
            pid integer NOT NULL,
            number integer NOT NULL,
            version text NOT NULL,
            started_at timestamptz NOT NULL DEFAULT now(),
            last_seen timestamptz NOT NULL DEFAULT now(),
            rows_done bigint NOT NULL DEFAULT 0
        );
        INSERT INTO ingest_embeddings.version VALUES (2);
        """;

    /// <summary>True when the schema is there; a count of pending rows needs not create it.</summary>
    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadVersion, connection);
        return await command.ExecuteScalarAsync(cancellationToken) is 1;
    }

    /// <summary>Creates the schema where it is missing.</summary>
    /// <returns>True when it was created.</returns>
    /// <exception cref="IngestException">A right is missing, or the schema is of a later version of the tool.</exception>
    public static async Task<bool> EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var created = !await ExistsAsync(connection, cancellationToken) && await CreateAsync(connection, cancellationToken);
            await CheckVersionAsync(connection, cancellationToken);
            return created;
        }
        catch (PostgresException denied) when (denied.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw await DeniedAsync(connection, denied, cancellationToken);
        }
    }

    private static async Task<bool> CreateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var turn = new NpgsqlCommand(TakeTurns, connection, transaction);
        await turn.ExecuteNonQueryAsync(cancellationToken);
        if (await ExistsAsync(connection, cancellationToken))
        {
            return false;
        }

        await using var create = new NpgsqlCommand(Create, connection, transaction);
        await create.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static async Task CheckVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT max(number) FROM ingest_embeddings.version", connection);
        if (await command.ExecuteScalarAsync(cancellationToken) is not Version)
        {
            throw new IngestException(
                IngestError.Configuration,
                "The schema ingest_embeddings was made by another version of this tool. Use that version, or, when no run is " +
                "under way, DROP SCHEMA ingest_embeddings CASCADE; the rows done stay done.");
        }
    }

    private static async Task<IngestException> DeniedAsync(
        NpgsqlConnection connection, PostgresException denied, CancellationToken cancellationToken)
    {
        const string Grants = """
            SELECT CASE WHEN to_regnamespace('ingest_embeddings') IS NULL
                THEN format('GRANT CREATE ON DATABASE %I TO %I;', current_database(), current_user)
                ELSE format('GRANT USAGE, CREATE ON SCHEMA ingest_embeddings TO %1$I; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ingest_embeddings TO %1$I;', current_user)
                END
            """;
        await using var command = new NpgsqlCommand(Grants, connection);
        var grants = (string?)await command.ExecuteScalarAsync(cancellationToken);
        return new IngestException(
            IngestError.Configuration,
            $"The tool keeps its state in the schema ingest_embeddings, and the server says: {denied.MessageText}. " +
            $"Ask the owner of the database for: {grants}", denied);
    }
}
