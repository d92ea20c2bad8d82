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
    // For this transaction alone. Parallel workers read, hash and sort, and the leader merges: a third faster than what the planner's
    // cost of passing rows between processes chooses. A hash aggregate leaves more to the leader and is a tenth slower.
    private const string Settings = $"""
        SELECT {LocalSettings.RoomForTables}, set_config('enable_hashagg', 'off', true),
               set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true)
        """;

    /// <summary>
    /// The condition that a row of the table of frequencies is that of the text of <c>t</c>. Written so that the join uses the first
    /// hash alone; the second is computed only where the first is found, for the few texts that occur more than once.
    /// </summary>
    public static string IsTextOf(TableLayout layout, string table) =>
        $"{table}.hash = {PendingSql.TextHash(layout)} AND {table}.hash2 # {PendingSql.TextHash(layout, seed: 1)} = 0";

    /// <summary>The table of a run, quoted for a statement.</summary>
    public static string Name(Guid runId) => $"ingest_embeddings.frequency_{runId:N}";

    /// <summary>Creates the table of a run, over one that an ended process has left.</summary>
    public async Task CreateAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken)
    {
        var name = Name(runId);
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
        await Statements.ExecuteAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                "UPDATE ingest_embeddings.run SET has_frequencies = true WHERE run_id = $1", Statements.Value(runId)),
            cancellationToken);
    }

    /// <summary>Drops the table of a run, where it has one.</summary>
    public static Task<int> DropAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, $"DROP TABLE IF EXISTS {Name(runId)}", cancellationToken);

    private static Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(connection, LocalSettings.Long, Statements.Command(sql), cancellationToken);
}
