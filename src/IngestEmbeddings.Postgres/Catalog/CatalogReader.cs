using Npgsql;

namespace IngestEmbeddings.Postgres.Catalog;

/// <summary>Reads tables out of the system catalog. Names are parameters here, and come back quoted by the server.</summary>
internal static class CatalogReader
{
    private const string FindTables = """
        SELECT c.oid, n.nspname::text, c.relname::text, quote_ident(n.nspname), quote_ident(c.relname), c.relkind::text,
               has_schema_privilege(n.oid, 'USAGE'), c.relhassubclass, coalesce(pg_relation_filenode(c.oid), 0),
               CASE WHEN c.relkind = 'r' THEN (
                   SELECT string_agg(h.inhrelid::regclass::text, ', ' ORDER BY h.inhrelid) FROM pg_catalog.pg_inherits h WHERE h.inhparent = c.oid) END
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relname::text = $1 AND ($2 = '' OR n.nspname::text = $2)
          AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND n.nspname NOT IN ('information_schema', 'ingest_embeddings') AND n.nspname NOT LIKE 'pg\_%'
        ORDER BY n.nspname
        """;

    private const string ListTables = """
        SELECT n.nspname::text, c.relname::text
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE ($1 = '' OR n.nspname::text = $1) AND c.relkind IN ('r', 'p') AND has_schema_privilege(n.oid, 'USAGE')
          AND n.nspname NOT IN ('information_schema', 'ingest_embeddings') AND n.nspname NOT LIKE 'pg\_%'
        ORDER BY 1, 2
        LIMIT 2000
        """;

    // A domain is used as its own type in casts, and known by its base type. The operators are those of the type's B-tree, in the
    // schema that its extension is in; types without a B-tree of their own, such as varchar, use those of another type.
    private const string ReadColumns = """
        SELECT a.attname::text, quote_ident(a.attname), format('%I.%I', n.nspname, t.typname), coalesce(b.typname, t.typname)::text,
               CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, a.attnotnull OR t.typnotnull, a.attgenerated <> '',
               coalesce((
                   SELECT quote_ident(s.nspname)
                   FROM pg_catalog.pg_opclass c
                   JOIN pg_catalog.pg_am m ON m.oid = c.opcmethod AND m.amname = 'btree'
                   JOIN pg_catalog.pg_amop p ON p.amopfamily = c.opcfamily AND p.amoplefttype = c.opcintype AND p.amoprighttype = c.opcintype AND p.amopstrategy = 3
                   JOIN pg_catalog.pg_operator o ON o.oid = p.amopopr
                   JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace
                   WHERE c.opcdefault AND c.opcintype = coalesce(b.oid, t.oid)), 'pg_catalog')
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        LEFT JOIN pg_catalog.pg_type b ON b.oid = nullif(t.typbasetype, 0)
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
        """;

    private const string ReadUniqueIndexes = """
        SELECT i.indisprimary, array_agg(a.attname::text ORDER BY k.place), i.indimmediate
        FROM pg_catalog.pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid
          AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
        GROUP BY i.indexrelid, i.indisprimary, i.indimmediate
        ORDER BY i.indisprimary DESC, i.indexrelid
        """;

    /// <summary>Every table, view or the like with a name, in any schema that is the user's.</summary>
    public static async Task<List<FoundTable>> FindAsync(
        NpgsqlConnection connection, string name, string? schema, CancellationToken cancellationToken)
    {
        return await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(FindTables, Statements.Value(name), Statements.Value(schema ?? "")),
            static row => new FoundTable(
                row.GetFieldValue<uint>(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4),
                row.GetString(5)[0], row.GetBoolean(6), row.GetBoolean(7), row.GetFieldValue<uint>(8),
                row.IsDBNull(9) ? null : row.GetString(9)),
            cancellationToken);
    }

    /// <summary>The names of the tables that can be seen, for suggestions.</summary>
    public static async Task<List<(string Schema, string Name)>> ListAsync(
        NpgsqlConnection connection, string? schema, CancellationToken cancellationToken)
    {
        return await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(ListTables, Statements.Value(schema ?? "")),
            static row => (row.GetString(0), row.GetString(1)),
            cancellationToken);
    }

    public static async Task<CatalogTable> ReadAsync(
        NpgsqlConnection connection, FoundTable table, CancellationToken cancellationToken)
    {
        var columns = await ReadColumnsAsync(connection, table.Oid, cancellationToken);
        return new CatalogTable
        {
            Oid = table.Oid,
            Schema = table.Schema,
            Name = table.Name,
            SchemaSql = table.SchemaSql,
            Sql = $"{table.SchemaSql}.{table.NameSql}",
            HasParts = table.HasParts,
            FileNode = table.FileNode,
            IsPartitioned = table.Kind == 'p',
            Columns = columns,
            UniqueIndexes = await ReadUniqueIndexesAsync(connection, table.Oid, columns, cancellationToken),
        };
    }

    private static async Task<List<CatalogColumn>> ReadColumnsAsync(
        NpgsqlConnection connection, uint oid, CancellationToken cancellationToken)
    {
        return await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(ReadColumns, Statements.Oid(oid)),
            static row => new CatalogColumn(
                row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt32(4), row.GetBoolean(5), row.GetBoolean(6))
            {
                OperatorSchema = row.GetString(7),
            },
            cancellationToken);
    }

    private static async Task<List<UniqueIndex>> ReadUniqueIndexesAsync(
        NpgsqlConnection connection, uint oid, List<CatalogColumn> columns, CancellationToken cancellationToken)
    {
        return await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(ReadUniqueIndexes, Statements.Oid(oid)),
            row => new UniqueIndex(
                row.GetBoolean(0), [.. row.GetFieldValue<string[]>(1).Select(name => columns.Single(column => column.Name == name))], row.GetBoolean(2)),
            cancellationToken);
    }
}

// Children: tables that inherit and are no partitions.
// Kind: r table, p partitioned table, v view, m materialized view, f foreign table. Parts: partitions, or tables that inherit.
internal sealed record FoundTable(
    uint Oid, string Schema, string Name, string SchemaSql, string NameSql, char Kind, bool IsReachable, bool HasParts,
    uint FileNode, string? Children);
