using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.State;
using Npgsql;
using NpgsqlTypes;

namespace IngestEmbeddings.Postgres.Indexes;

/// <summary>Reads which indexes over vectors there are.</summary>
internal static class VectorIndexCatalog
{
    private const string OfColumn = """
        SELECT i.indexrelid, format('%I.%I', n.nspname, c.relname), pg_get_indexdef(i.indexrelid), i.indisvalid, m.amname::text
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_am m ON m.oid = c.relam
        WHERE i.indrelid = $1 AND m.amname IN ('hnsw', 'ivfflat')
          AND (SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = $1 AND a.attname = $2) = ANY (i.indkey::int2[])
        ORDER BY c.relname
        """;

    /// <summary>The indexes over the vectors of a table, those that are not valid included.</summary>
    public static Task<List<VectorIndex>> ListAsync(NpgsqlConnection connection, TableLayout layout, CancellationToken cancellationToken) =>
        Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                OfColumn,
                new NpgsqlParameter<uint> { TypedValue = layout.VectorTable.Oid, NpgsqlDbType = NpgsqlDbType.Oid },
                Statements.Value(layout.Vector.Name)),
            static row => new VectorIndex(row.GetFieldValue<uint>(0), row.GetString(1), row.GetString(2), row.GetBoolean(3), row.GetString(4)),
            cancellationToken);

    /// <summary>Whether an index of that name is there and valid; null where there is none.</summary>
    public static Task<bool?> IsValidAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", Statements.Value(name)),
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
}

/// <summary>An index over vectors.</summary>
/// <param name="Oid">The index.</param>
/// <param name="Sql">Its name with its schema, quoted.</param>
/// <param name="Definition">The statement that creates it.</param>
/// <param name="IsValid">False for what a build that failed has left.</param>
/// <param name="Method"><c>hnsw</c> or <c>ivfflat</c>.</param>
internal sealed record VectorIndex(uint Oid, string Sql, string Definition, bool IsValid, string Method);
