using Npgsql;

namespace IngestEmbeddings.Postgres.Catalog;

/// <summary>Checks before a run that the role may do what the run needs.</summary>
internal static class TableRights
{
    private const string FindMissing = """
        SELECT format(n.need, quote_ident(current_user))
        FROM (VALUES
            (has_any_column_privilege($1, 'SELECT'), format('GRANT SELECT ON %s TO %%s;', $3)),
            ($6 OR $7 <> 0 OR has_column_privilege($1, $5, 'UPDATE'), format('GRANT UPDATE (%I) ON %s TO %%s;', $5, $3)),
            (has_any_column_privilege($2, 'SELECT') AND has_any_column_privilege($2, 'INSERT') AND has_any_column_privilege($2, 'UPDATE'),
                format('GRANT SELECT, INSERT, UPDATE ON %s TO %%s;', $4)),
            ($7 = 0 OR $6 OR (has_table_privilege($7, 'SELECT') AND has_table_privilege($7, 'INSERT') AND has_table_privilege($7, 'UPDATE')),
                format('GRANT SELECT, INSERT, UPDATE ON %s TO %%s;', $8))
        ) AS n(granted, need)
        WHERE NOT n.granted
        """;

    /// <exception cref="IngestException">A right is missing; the message has the exact GRANT.</exception>
    public static async Task CheckAsync(
        NpgsqlConnection connection, TableLayout layout, bool metricsOnly, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindMissing, connection)
        {
            Parameters =
            {
                new() { Value = layout.Table.Oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid },
                new() { Value = layout.Metrics.Table.Oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid },
                new() { Value = layout.Table.Sql },
                new() { Value = layout.Metrics.Table.Sql },
                new() { Value = layout.Vector.Name },
                new() { Value = metricsOnly },
                new() { Value = layout.Side?.Table.Oid ?? 0u, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid },
                new() { Value = layout.VectorTable.Sql },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var missing = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            missing.Add(reader.GetString(0));
        }

        if (missing.Count > 0)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"This role may not do what a run over {layout.Table.FullName} needs. Ask the owner for: {string.Join(' ', missing)}");
        }
    }
}
