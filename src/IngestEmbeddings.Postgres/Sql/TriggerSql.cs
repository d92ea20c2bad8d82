using IngestEmbeddings.Postgres.Catalog;

namespace IngestEmbeddings.Postgres.Sql;

/// <summary>The SQL that looks for triggers which may change what is stored.</summary>
internal static class TriggerSql
{
    // Of pg_trigger.h: for each row (1), before (2), on update (16).
    private const int BeforeUpdateOfRow = 19;

    /// <summary>A trigger, switched on, runs before each update of a row of the table or of a partition of it.</summary>
    /// <param name="table">The table.</param>
    public static string RunsBeforeUpdate(CatalogTable table) => $"""
        EXISTS (SELECT FROM pg_catalog.pg_trigger AS g
                WHERE {OfTable(table)} AND NOT g.tgisinternal AND g.tgenabled <> 'D' AND (g.tgtype & {BeforeUpdateOfRow}) = {BeforeUpdateOfRow})
        """;

    private static string OfTable(CatalogTable table) => table.HasParts
        ? $"g.tgrelid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree({table.Oid}::pg_catalog.regclass) AS p)"
        : $"g.tgrelid = {table.Oid}";
}
