using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Checks that the role may read and write the tool's own tables.</summary>
internal static class StateRights
{
    private const string FindMissing = """
        SELECT format('GRANT %s ON ingest_embeddings.%I TO %I;',
            concat_ws(', ',
                CASE WHEN NOT has_table_privilege(c.oid, 'SELECT') THEN 'SELECT' END,
                CASE WHEN c.relname <> 'version' AND NOT has_table_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
                CASE WHEN c.relname <> 'version' AND NOT has_table_privilege(c.oid, 'UPDATE') THEN 'UPDATE' END,
                CASE WHEN c.relname <> 'version' AND NOT has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END),
            c.relname, current_user)
        FROM pg_catalog.pg_class c
        WHERE c.relnamespace = to_regnamespace('ingest_embeddings')
          AND c.relname IN ('version', 'space', 'run', 'key_range', 'failed_row', 'dropped_index', 'worker', 'change', 'measure', 'receipt')
          AND NOT (has_table_privilege(c.oid, 'SELECT') AND (c.relname = 'version'
              OR (has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))))
        ORDER BY c.relname
        """;

    /// <exception cref="IngestException">A right is missing; the message has the exact GRANT.</exception>
    public static async Task CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var missing = await Statements.ListAsync(
            connection, LocalSettings.Short, Statements.Command(FindMissing), static row => row.GetString(0), cancellationToken);
        if (missing.Count > 0)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"The tool keeps its state in the schema ingest_embeddings, which this role may not use. Ask its owner for: {string.Join(' ', missing)}");
        }
    }
}
