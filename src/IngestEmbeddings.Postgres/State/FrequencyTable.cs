using IngestEmbeddings.Postgres.Catalog;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>How often each text occurs that occurs more than once: one aggregate a run, shared by all its workers.</summary>
/// <remarks>
/// Texts are told apart by two hashes of 64 bits with different seeds: among a thousand million texts a collision has a chance
/// of 1 in 10^21. They take a fifth of the time of MD5, and the aggregate over them less memory than one over texts. The
/// collation is C, in which equal means the same bytes. The table is logged, small as it is: a crash would empty an unlogged
/// one, and every text would then seem to occur once.
/// </remarks>
internal sealed class FrequencyTable(TableLayout layout)
{
    // For this transaction alone. The reading, hashing and sorting on other cores, so that the one that counts merges what comes
    // sorted: by the planner's own figures it would not be worth it to send so many hashes from one process to another, which takes a
    // third off the time. Gathering them in a hash instead leaves more to the one: a tenth slower, and no faster for millions of rows.
    private const string Settings = $"""
        SELECT {LocalSettings.RoomForTables}, set_config('enable_hashagg', 'off', true),
               set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true)
        """;

    /// <summary>
    /// The condition that a row of the table of frequencies is that of the text of <c>t</c>. Written so that only the first hash is
    /// joined by, and the second made where the first is found: for the few texts that occur more than once.
    /// </summary>
    public static string IsTextOf(TableLayout layout, string table) =>
        $"{table}.hash = {Hash(layout, 0)} AND {table}.hash2 # {Hash(layout, 1)} = 0";

    /// <summary>Makes the table of a run where it is missing, or where nobody is using an old one.</summary>
    /// <returns>The name of the table, fit for a statement.</returns>
    public async Task<string> EnsureAsync(
        NpgsqlConnection connection, Guid runId, string? existing, bool isInUse, CancellationToken cancellationToken)
    {
        if (existing is not null && isInUse)
        {
            return existing;
        }

        var name = Name(runId);
        await ExecuteAsync(connection, $"DROP TABLE IF EXISTS {name}", cancellationToken);
        await ExecuteAsync(connection, Settings, cancellationToken);
        await ExecuteAsync(
            connection,
            $"""
            CREATE TABLE {name} AS
            SELECT {Hash(layout, 0)} AS hash, {Hash(layout, 1)} AS hash2, count(*)::integer AS rows
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
                "UPDATE ingest_embeddings.run SET frequency_table = $2 WHERE run_id = $1",
                Statements.Value(runId),
                Statements.Value(name)),
            cancellationToken);
        return name;
    }

    public static Task<int> DropAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, $"DROP TABLE IF EXISTS {Name(runId)}", cancellationToken);

    private static string Hash(TableLayout layout, int seed) => $"""hashtextextended(t.{layout.Text.Sql}::text COLLATE "C", {seed})""";

    private static string Name(Guid runId) => $"ingest_embeddings.frequency_{runId:N}";

    private static Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(connection, LocalSettings.Long, Statements.Command(sql), cancellationToken);
}
