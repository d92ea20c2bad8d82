using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>How often each text occurs that occurs more than once: one aggregate a run, shared by all its workers.</summary>
/// <remarks>
/// Texts are told apart by two hashes of 64 bits with different seeds: among a thousand million texts a collision has a chance
/// of 1 in 10^21. They take a fifth of the time of MD5, and their aggregate less memory than one over texts. In collation C, equal
/// means the same bytes. The table is logged: a crash empties an unlogged one, and every text would then seem to occur once.
/// </remarks>
internal sealed class FrequencyTable(TableLayout layout)
{
    private const string Prefix = "frequency_";

    private const string RoleOid = "(SELECT a.oid::text FROM pg_catalog.pg_roles a WHERE a.rolname = current_user)";

    // For this transaction alone. Parallel workers read, hash and sort, and the leader merges: a third faster than what the planner's
    // cost of passing rows between processes chooses. A hash aggregate leaves more to the leader and is a tenth slower.
    private const string Settings = $"""
        SELECT {LocalSettings.RoomForTables}, pg_catalog.set_config('enable_hashagg', 'off', true),
               pg_catalog.set_config('parallel_setup_cost', '0', true), pg_catalog.set_config('parallel_tuple_cost', '0', true)
        """;

    /// <summary>
    /// The condition that a row of the table of frequencies is that of the text of <c>t</c>. Written so that the join uses the first
    /// hash alone; the second is computed only where the first is found, for the few texts that occur more than once.
    /// </summary>
    public static string IsTextOf(TableLayout layout, string table) =>
        $"{table}.hash = {PendingSql.TextHash(layout)} AND {table}.hash2 # {PendingSql.TextHash(layout, seed: 1)} = 0";

    /// <summary>Finds the table of a run, or counts.</summary>
    /// <param name="connection">The connection, in the transaction that joins the run.</param>
    /// <param name="runId">The run.</param>
    /// <param name="isHeld">False: no worker is at the run, so that texts may have changed since they were counted.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <returns>The name of the table, quoted for a statement. It belongs to this role: no role reads what another may have put there.</returns>
    /// <exception cref="IngestException">A right is missing.</exception>
    public async Task<string> EnsureAsync(NpgsqlConnection connection, Guid runId, bool isHeld, CancellationToken cancellationToken)
    {
        try
        {
            await DropLeftoversAsync(connection, cancellationToken);
            var own = await ListAsync(connection, $"c.relname = '{Prefix}{runId:N}_' || {RoleOid}", cancellationToken);
            return own is [var name] && isHeld ? name : await CreateAsync(connection, runId, cancellationToken);
        }
        catch (PostgresException denied) when (denied.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"Counting equal texts needs a table in the schema ingest_embeddings, and the server says: {denied.MessageText}. Ask its owner for: " +
                $"GRANT CREATE ON SCHEMA ingest_embeddings TO {Identifier.Quote(connection.UserName ?? "")}; Or leave the frequencies out: --frequency never.",
                denied);
        }
    }

    /// <summary>Drops the table of a run that this role has, where it has one.</summary>
    public static async Task DropAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken)
    {
        foreach (var name in await ListAsync(connection, $"starts_with(c.relname, '{Prefix}{runId:N}')", cancellationToken))
        {
            await ExecuteAsync(connection, $"DROP TABLE {name}", cancellationToken);
        }
    }

    // Those of runs that have ended without this role's last process.
    private static async Task DropLeftoversAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string OfNoRun = $"""
            NOT EXISTS (
                SELECT FROM ingest_embeddings.run r
                WHERE r.finished_at IS NULL AND starts_with(c.relname, '{Prefix}' || replace(r.run_id::text, '-', '')))
            """;
        foreach (var name in await ListAsync(connection, OfNoRun, cancellationToken))
        {
            await ExecuteAsync(connection, $"DROP TABLE {name}", cancellationToken);
        }
    }

    // Only plain tables of this role: what has such a name and belongs to another is neither read nor dropped.
    private static Task<List<string>> ListAsync(NpgsqlConnection connection, string condition, CancellationToken cancellationToken) => Statements.ListAsync(
        connection,
        LocalSettings.Short,
        Statements.Command(
            $"""
            SELECT 'ingest_embeddings.' || quote_ident(c.relname)
            FROM pg_catalog.pg_class c
            WHERE c.relnamespace = to_regnamespace('ingest_embeddings') AND c.relkind = 'r' AND c.relowner::text = {RoleOid}
              AND c.relname ~ '^{Prefix}[0-9a-f]+(_[0-9]+)?$' AND {condition}
            """),
        static row => row.GetString(0),
        cancellationToken);

    private async Task<string> CreateAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken)
    {
        var role = await Statements.FirstAsync(
            connection, LocalSettings.Short, Statements.Command($"SELECT {RoleOid}"), static row => row.GetString(0), cancellationToken);
        var name = $"ingest_embeddings.{Prefix}{runId:N}_{role}";
        await ExecuteAsync(connection, $"DROP TABLE IF EXISTS {name}", cancellationToken);
        await ExecuteAsync(connection, Settings, cancellationToken);
        await ExecuteAsync(
            connection,
            $"""
            CREATE TABLE {name} AS
            SELECT {PendingSql.TextHash(layout)} AS hash, {PendingSql.TextHash(layout, seed: 1)} AS hash2, count(*)::integer AS rows
            FROM {layout.Table.Sql} AS t
            WHERE t.{layout.Text.Sql} IS NOT NULL
            GROUP BY 1, 2
            HAVING count(*) > 1
            """,
            cancellationToken);
        await ExecuteAsync(connection, $"ANALYZE {name}", cancellationToken);
        return name;
    }

    private static Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(connection, LocalSettings.Long, Statements.Command(sql), cancellationToken);
}
