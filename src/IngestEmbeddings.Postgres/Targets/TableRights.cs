using Npgsql;

namespace IngestEmbeddings.Postgres.Targets;

/// <summary>Checks before a run that the role may do what the run needs.</summary>
internal static class TableRights
{
    // $1 table, $2 metrics, $3 and $4 their names, $5 the column that is updated or NULL, $6 the separate table that is written or 0,
    // $7 its name.
    private const string FindMissing = """
        SELECT format(n.need, quote_ident(current_user))
        FROM (VALUES
            (has_any_column_privilege($1, 'SELECT'), format('GRANT SELECT ON %s TO %%s;', $3)),
            ($5 = '' OR has_column_privilege($1, $5, 'UPDATE'), format('GRANT UPDATE (%I) ON %s TO %%s;', $5, $3)),
            (has_any_column_privilege($2, 'SELECT') AND has_any_column_privilege($2, 'INSERT') AND has_any_column_privilege($2, 'UPDATE'),
                format('GRANT SELECT, INSERT, UPDATE ON %s TO %%s;', $4)),
            ($6 = 0 OR (has_table_privilege($6, 'SELECT') AND has_table_privilege($6, 'INSERT') AND has_table_privilege($6, 'UPDATE')),
                format('GRANT SELECT, INSERT, UPDATE ON %s TO %%s;', $7))
        ) AS n(granted, need)
        WHERE NOT n.granted
        """;

    /// <exception cref="IngestException">A right is missing; the message has the exact GRANT.</exception>
    public static async Task CheckAsync(NpgsqlConnection connection, RunTarget target, CancellationToken cancellationToken)
    {
        var missing = await FindMissingAsync(connection, target, cancellationToken);
        if (missing.Count > 0)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"This role may not do what a run over {target.Layout.Table.FullName} needs. Ask the owner for: {string.Join(' ', missing)}");
        }
    }

    private static Task<List<string>> FindMissingAsync(NpgsqlConnection connection, RunTarget target, CancellationToken cancellationToken)
    {
        var layout = target.Layout;
        return Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                FindMissing,
                Statements.Oid(layout.Table.Oid),
                Statements.Oid(layout.Metrics.Table.Oid),
                Statements.Value(layout.Table.Sql),
                Statements.Value(layout.Metrics.Table.Sql),
                Statements.Value(target.UpdatesRows ? layout.Vector.Name : ""),
                Statements.Oid(target.SideTable?.Table.Oid ?? 0),
                Statements.Value(target.SideTable?.Table.Sql ?? "")),
            static row => row.GetString(0),
            cancellationToken);
    }

    /// <summary>True when the role may lock rows of the table (SELECT FOR SHARE).</summary>
    public static Task<bool> MayLockAsync(NpgsqlConnection connection, RunTarget target, CancellationToken cancellationToken) => Statements.FirstAsync(
        connection,
        LocalSettings.Short,
        Statements.Command("SELECT has_any_column_privilege($1, 'UPDATE')", Statements.Oid(target.Layout.Table.Oid)),
        static row => row.GetBoolean(0),
        cancellationToken);
}
