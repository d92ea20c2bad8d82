using IngestEmbeddings.Postgres.Catalog;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>How often each text occurs that occurs more than once: one aggregate a run, shared by all its workers.</summary>
/// <remarks>
/// Texts are told apart by their MD5, 128 bits: among a thousand million texts a collision has a chance of 1 in 10^21. The
/// table is logged, small as it is: a crash would empty an unlogged one, and every text would then seem to occur once.
/// </remarks>
internal sealed class FrequencyTable(TableLayout layout)
{
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
        await ExecuteAsync(
            connection,
            $"""
            CREATE TABLE {name} AS
            SELECT md5(t.{layout.Text.Sql}::text)::uuid AS text, count(*)::integer AS rows
            FROM {layout.Table.Sql} AS t
            WHERE t.{layout.Text.Sql} IS NOT NULL
            GROUP BY 1
            HAVING count(*) > 1
            """,
            cancellationToken);
        await ExecuteAsync(connection, $"ALTER TABLE {name} ADD PRIMARY KEY (text)", cancellationToken);
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

    private static string Name(Guid runId) => $"ingest_embeddings.frequency_{runId:N}";

    private static Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(connection, LocalSettings.Long, Statements.Command(sql), cancellationToken);
}
