using Npgsql;

namespace IngestEmbeddings.Postgres.Catalog;

/// <summary>Reads tables out of the system catalog. Names are parameters here, and come back quoted by the server.</summary>
internal static class CatalogReader
{
    private const string FindTables = """
        SELECT c.oid, n.nspname::text, c.relname::text, quote_ident(n.nspname), quote_ident(c.relname), c.relkind::text,
               has_schema_privilege(n.oid, 'USAGE'), c.relhassubclass, coalesce(pg_relation_filenode(c.oid), 0)
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

    // A domain is used as its own type in casts, and known by its base type.
    private const string ReadColumns = """
        SELECT a.attname::text, quote_ident(a.attname), format('%I.%I', n.nspname, t.typname), coalesce(b.typname, t.typname)::text,
               CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, a.attnotnull OR t.typnotnull, a.attgenerated <> ''
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        LEFT JOIN pg_catalog.pg_type b ON b.oid = nullif(t.typbasetype, 0)
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
        """;

    private const string ReadUniqueIndexes = """
        SELECT i.indisprimary, array_agg(a.attname::text ORDER BY k.place)
        FROM pg_catalog.pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indimmediate
          AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
        GROUP BY i.indexrelid, i.indisprimary
        ORDER BY i.indisprimary DESC, i.indexrelid
        """;

    /// <summary>Every table, view or the like with a name, in any schema that is the user's.</summary>
    public static async Task<List<FoundTable>> FindAsync(
        NpgsqlConnection connection, string name, string? schema, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindTables, connection)
        {
            Parameters = { new() { Value = name }, new() { Value = schema ?? "" } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<FoundTable>();
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new FoundTable(
                reader.GetFieldValue<uint>(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4),
                reader.GetString(5)[0], reader.GetBoolean(6), reader.GetBoolean(7),
                reader.GetFieldValue<uint>(8)));
        }

        return found;
    }

    /// <summary>The names of the tables that can be seen, for suggestions.</summary>
    public static async Task<List<(string Schema, string Name)>> ListAsync(
        NpgsqlConnection connection, string? schema, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ListTables, connection) { Parameters = { new() { Value = schema ?? "" } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = new List<(string, string)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            names.Add((reader.GetString(0), reader.GetString(1)));
        }

        return names;
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
            Columns = columns,
            UniqueIndexes = await ReadUniqueIndexesAsync(connection, table.Oid, columns, cancellationToken),
        };
    }

    private static async Task<List<CatalogColumn>> ReadColumnsAsync(
        NpgsqlConnection connection, uint oid, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadColumns, connection) { Parameters = { Oid(oid) } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var columns = new List<CatalogColumn>();
        while (await reader.ReadAsync(cancellationToken))
        {
            columns.Add(new CatalogColumn(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt32(4),
                reader.GetBoolean(5), reader.GetBoolean(6)));
        }

        return columns;
    }

    private static async Task<List<UniqueIndex>> ReadUniqueIndexesAsync(
        NpgsqlConnection connection, uint oid, List<CatalogColumn> columns, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadUniqueIndexes, connection) { Parameters = { Oid(oid) } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var indexes = new List<UniqueIndex>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var names = reader.GetFieldValue<string[]>(1);
            indexes.Add(new UniqueIndex(reader.GetBoolean(0), [.. names.Select(name => columns.Single(column => column.Name == name))]));
        }

        return indexes;
    }

    private static NpgsqlParameter Oid(uint oid) => new() { Value = oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid };
}

// Kind: r table, p partitioned table, v view, m materialized view, f foreign table. Parts: partitions, or tables that inherit.
internal sealed record FoundTable(
    uint Oid, string Schema, string Name, string SchemaSql, string NameSql, char Kind, bool IsReachable, bool HasParts,
    uint FileNode);
