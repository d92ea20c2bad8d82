using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using Npgsql;

namespace IngestEmbeddings.Postgres.Indexes;

/// <summary>Reads which indexes over vectors there are.</summary>
internal static class VectorIndexCatalog
{
    // An index over an expression has no column of its own; pg_depend tells which columns it reads.
    private const string OfColumn = """
        SELECT n.nspname::text, c.relname::text, i.indisvalid, m.amname::text, o.opcname::text, coalesce(c.reloptions, ARRAY[]::text[]),
               CASE WHEN i.indexprs IS NOT NULL THEN t.typname::text END, CASE WHEN i.indexprs IS NOT NULL THEN ia.atttypmod ELSE -1 END,
               i.indpred IS NULL AND i.indnatts = 1, pg_get_expr(i.indexprs, i.indrelid), format('%I.%I', n.nspname, c.relname)
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_am m ON m.oid = c.relam
        JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[0]
        JOIN pg_catalog.pg_attribute ia ON ia.attrelid = i.indexrelid AND ia.attnum = 1
        JOIN pg_catalog.pg_type t ON t.oid = ia.atttypid
        JOIN pg_catalog.pg_attribute a ON a.attrelid = $1 AND a.attname = $2
        WHERE i.indrelid = $1 AND m.amname IN ('hnsw', 'ivfflat')
          AND (a.attnum = ANY (i.indkey::int2[]) OR EXISTS (
              SELECT FROM pg_catalog.pg_depend d
              WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.indexrelid
                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = $1 AND d.refobjsubid = a.attnum))
        ORDER BY c.relname
        """;

    /// <summary>The indexes over the vectors of a table, those that are not valid included.</summary>
    public static Task<List<VectorIndex>> ListAsync(NpgsqlConnection connection, TableLayout layout, CancellationToken cancellationToken) =>
        Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(OfColumn, Statements.Oid(layout.VectorTable.Oid), Statements.Value(layout.Vector.Name)),
            static row => new VectorIndex(
                new IndexParts(row.GetString(0), row.GetString(1), row.GetString(3), row.GetString(4), row.GetFieldValue<string[]>(5))
                {
                    Sql = row.GetString(10),
                    Form = row.IsDBNull(6) ? null : row.GetString(6),
                    Dimension = row.GetInt32(7),
                },
                IsValid: row.GetBoolean(2),
                IsPlain: row.GetBoolean(8),
                Expression: row.IsDBNull(9) ? null : row.GetString(9)),
            cancellationToken);

    /// <summary>Whether an index is there and valid; null where there is none.</summary>
    public static Task<bool?> IsValidAsync(NpgsqlConnection connection, IndexParts index, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                """
                SELECT i.indisvalid
                FROM pg_catalog.pg_index i
                JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = $1 AND c.relname = $2
                """,
                Statements.Value(index.Schema),
                Statements.Value(index.Name)),
            static row => (bool?)row.GetBoolean(0),
            cancellationToken);

    /// <summary>Counts the vectors.</summary>
    public static Task<long> RowsAsync(NpgsqlConnection connection, TableLayout layout, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Long,
            Statements.Command($"SELECT count(*) FROM {layout.VectorTable.Sql} AS t WHERE t.{layout.Vector.Sql} IS NOT NULL"),
            static row => row.GetInt64(0),
            cancellationToken);

    /// <summary>The schema that pgvector is in, quoted.</summary>
    public static async Task<string> VectorSchemaAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Identifier.Quote(await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command("""
                SELECT n.nspname::text
                FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
                WHERE e.extname = 'vector'
                """),
            static row => row.GetString(0),
            cancellationToken) ?? throw new IngestException(
                IngestError.Configuration, "The extension vector is gone from the database. Create it again: CREATE EXTENSION vector;"));
}

/// <summary>An index over vectors.</summary>
/// <param name="Parts">What it consists of.</param>
/// <param name="IsValid">False for what a build that failed has left.</param>
/// <param name="IsPlain">False for a partial index, or one over several columns.</param>
/// <param name="Expression">The expression that is indexed, as the server writes it; null for the column itself.</param>
internal sealed record VectorIndex(IndexParts Parts, bool IsValid, bool IsPlain, string? Expression)
{
    /// <summary>Its name with its schema, quoted.</summary>
    public string Sql => Parts.Sql;
}
