using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.Targets;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>What of the tables decides whether a row is refused, and what is stored.</summary>
/// <param name="Hash">Columns, constraints and triggers, as one hash.</param>
/// <param name="HasRowTriggers">True when a trigger runs before each update of a row of the table with the texts.</param>
internal sealed record TableShape(string Hash, bool HasRowTriggers)
{
    private static string Read(CatalogTable table) => $"""
        SELECT md5(string_agg(s.part, E'\n' ORDER BY s.part)),
               {TriggerSql.RunsBeforeUpdate(table)}
        FROM (
            SELECT concat_ws(' ', a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull) AS part
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT concat_ws(' ', c.conrelid, c.conname, pg_get_constraintdef(c.oid)) FROM pg_catalog.pg_constraint c WHERE c.conrelid = ANY ($1)
            UNION ALL
            SELECT concat_ws(' ', g.tgrelid, g.tgname, g.tgenabled, p.oid, md5(p.prosrc))
            FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_proc p ON p.oid = g.tgfoid
            WHERE g.tgrelid = ANY ($1) AND NOT g.tgisinternal
        ) AS s
        """;

    /// <summary>The shape of the tables that a run writes.</summary>
    public static async Task<TableShape> ReadAsync(NpgsqlConnection connection, RunTarget target, CancellationToken cancellationToken)
    {
        uint[] tables = [target.Layout.Table.Oid, target.Layout.Metrics.Table.Oid, target.Vectors.Table.Oid];
        return (await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(Read(target.Layout.Table), Statements.Oids(tables)),
            static row => new TableShape(row.GetString(0), row.GetBoolean(1)),
            cancellationToken))!;
    }
}
