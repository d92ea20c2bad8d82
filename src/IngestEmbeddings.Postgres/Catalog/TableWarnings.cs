using Npgsql;

namespace IngestEmbeddings.Postgres.Catalog;

/// <summary>What makes a run over a table slower, or smaller, than its owner may expect.</summary>
internal static class TableWarnings
{
    private const string Inspect = """
        SELECT row_security_active($1),
               coalesce((SELECT string_agg(g.tgname, ', ' ORDER BY g.tgname) FROM pg_catalog.pg_trigger g
                         WHERE g.tgrelid = $1 AND NOT g.tgisinternal AND g.tgenabled <> 'D'
                           AND (g.tgtype & 1) = 1 AND (g.tgtype & 16) = 16), '')
        """;

    public static async Task TellAsync(
        NpgsqlConnection connection, TableLayout layout, bool metricsOnly, Action<string> notice, CancellationToken cancellationToken)
    {
        var metrics = layout.Metrics;
        if (!metrics.HasUniqueKey)
        {
            notice($"{metrics.Table.FullName} has no unique key over {string.Join(", ", metrics.Key.Select(column => column.Name))}, " +
                "so writing to it is slow: add a primary key.");
        }

        await using var command = new NpgsqlCommand(Inspect, connection)
        {
            Parameters = { new() { Value = layout.Table.Oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (reader.GetBoolean(0))
        {
            notice($"Row-level security hides rows of {layout.Table.FullName} from this role; rows that it does not see are not done.");
        }

        // Vectors in a table of their own leave the rows with the texts alone.
        if (!metricsOnly && layout.Side is null && reader.GetString(1) is { Length: > 0 } triggers)
        {
            notice($"{layout.Table.FullName} has triggers that every row written will fire: {triggers}.");
        }
    }
}
