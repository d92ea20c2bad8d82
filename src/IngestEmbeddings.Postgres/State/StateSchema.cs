using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Creates the tool's own schema, <c>ingest_embeddings</c>, or brings it to this version.</summary>
internal static class StateSchema
{
    // Any constant of our own: makes two processes that create or migrate the schema take turns.
    private const string TakeTurns = "SELECT pg_advisory_xact_lock(7016997182206734953)";

    // The catalog's tables, not to_regclass: within a transaction that answers from a cache, which does not show what another process
    // has created while this one waited for its turn.
    private const string FindVersion = """
        SELECT count(*) > 0
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'ingest_embeddings' AND c.relname = 'version'
        """;

    private const string ReadVersion = "SELECT max(number) FROM ingest_embeddings.version";

    /// <summary>True when the schema is there, in this version; a count of pending rows needs not create it.</summary>
    /// <exception cref="IngestException">The schema is of a later version of the tool.</exception>
    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadVersionAsync(connection, cancellationToken) is StateTables.Version;
        }
        catch (PostgresException denied) when (denied.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw await DeniedAsync(connection, denied, cancellationToken);
        }
    }

    /// <summary>Creates the schema where it is missing, and migrates that of an earlier version.</summary>
    /// <exception cref="IngestException">A right is missing, or the schema is of a later version of the tool.</exception>
    public static async Task EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            if (!await ExistsAsync(connection, cancellationToken))
            {
                await CreateAsync(connection, cancellationToken);
            }

            await StateRights.CheckAsync(connection, cancellationToken);
        }
        catch (PostgresException denied) when (denied.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw await DeniedAsync(connection, denied, cancellationToken);
        }
    }

    private static async Task<int?> ReadVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await IsThereAsync(connection, cancellationToken))
        {
            return null;
        }

        await StateOwners.CheckAsync(connection, cancellationToken);
        return await Statements.FirstAsync(
            connection, LocalSettings.Short, Statements.Command(ReadVersion), static row => (int?)row.GetInt32(0), cancellationToken) switch
        {
            { } number and <= StateTables.Version => number,
            _ => throw new IngestException(
                IngestError.Configuration,
                "The schema ingest_embeddings was made by a later version of this tool. Use that version, or, when no run is " +
                "under way, DROP SCHEMA ingest_embeddings CASCADE; written rows are kept."),
        };
    }

    private static Task<bool> IsThereAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Statements.FirstAsync(
        connection, LocalSettings.Short, Statements.Command(FindVersion), static row => row.GetBoolean(0), cancellationToken);

    private static async Task CreateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Statements.ExecuteAsync(connection, LocalSettings.Long, Statements.Command(TakeTurns), cancellationToken);
        var version = await ReadVersionAsync(connection, cancellationToken);
        switch (version)
        {
            case null:
                await CreateSchemaAsync(connection, cancellationToken);
                await Statements.ScriptAsync(connection, StateTables.Create, cancellationToken);
                break;
            case >= 2 and < StateTables.Version:
                await MigrateAsync(connection, version.Value, cancellationToken);
                break;
            case StateTables.Version:
                // Another process was faster.
                return;
            default:
                throw new IngestException(
                    IngestError.Configuration,
                    "The schema ingest_embeddings was made by a version of this tool before the first release. When no run is under " +
                    "way, DROP SCHEMA ingest_embeddings CASCADE; written rows are kept.");
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task MigrateAsync(NpgsqlConnection connection, int version, CancellationToken cancellationToken)
    {
        if (version == 2)
        {
            await CheckIndexesAsync(connection, cancellationToken);
        }

        string[] steps = [StateTables.FromVersion2, StateTables.FromVersion3, StateTables.FromVersion4, StateTables.FromVersion5];
        foreach (var step in steps.Skip(version - 2))
        {
            await Statements.ScriptAsync(connection, step, cancellationToken);
        }
    }

    private static async Task CheckIndexesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var unknown = await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(StateTables.UnknownIndexes),
            static row => (Name: row.GetString(0), Definition: row.GetString(1)),
            cancellationToken);
        if (unknown is [var first, ..])
        {
            throw new IngestException(
                IngestError.Configuration,
                $"The version of this tool before has dropped the index {first.Name}, and this version does not build such an index. Check its " +
                $"definition and build it yourself: {first.Definition}; Then: DELETE FROM ingest_embeddings.dropped_index;");
        }
    }

    // CREATE SCHEMA IF NOT EXISTS would need a right on the database even where the schema exists.
    private static async Task CreateSchemaAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command("SELECT to_regnamespace('ingest_embeddings') IS NOT NULL"),
            static row => row.GetBoolean(0),
            cancellationToken))
        {
            await Statements.ScriptAsync(connection, "CREATE SCHEMA ingest_embeddings", cancellationToken);
        }
    }

    private static async Task<IngestException> DeniedAsync(
        NpgsqlConnection connection, PostgresException denied, CancellationToken cancellationToken)
    {
        const string Grants = """
            SELECT CASE WHEN to_regnamespace('ingest_embeddings') IS NULL
                THEN format('GRANT CREATE ON DATABASE %I TO %I;', current_database(), current_user)
                WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relname = 'version' AND c.relnamespace = to_regnamespace('ingest_embeddings'))
                THEN format('GRANT USAGE, CREATE ON SCHEMA ingest_embeddings TO %1$I;', current_user)
                ELSE format('GRANT USAGE ON SCHEMA ingest_embeddings TO %1$I; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ingest_embeddings TO %1$I;', current_user)
                END
            """;
        var grants = await Statements.FirstAsync(
            connection, LocalSettings.Short, Statements.Command(Grants), static row => row.GetString(0), cancellationToken);
        return new IngestException(
            IngestError.Configuration,
            $"The tool keeps its state in the schema ingest_embeddings, and the server says: {denied.MessageText}. " +
            $"Ask the owner of the database for: {grants}", denied);
    }
}
