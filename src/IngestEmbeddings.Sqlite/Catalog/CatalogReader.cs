using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Catalog;

/// <summary>Reads SQLite's catalog. Names are compared as SQLite does: without regard to case.</summary>
internal static class CatalogReader
{
    /// <summary>The user's tables.</summary>
    public static IReadOnlyList<string> Tables(SqliteConnection connection) => connection.Query(
        """
        SELECT name FROM sqlite_schema
        WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' AND substr(name, 1, length(@prefix)) <> @prefix
        ORDER BY name
        """,
        static reader => reader.GetString(0),
        ("@prefix", StateTables.Prefix));

    /// <summary>The name of a table as the catalog spells it; null when there is none.</summary>
    public static string? FindTable(SqliteConnection connection, string name) =>
        Tables(connection).FirstOrDefault(table => Same(table, name));

    public static IReadOnlyList<Column> Columns(SqliteConnection connection, string table) => connection.Query(
        "SELECT name, type, pk FROM pragma_table_info(@table) ORDER BY cid",
        static reader => new Column(reader.GetString(0), reader.GetString(1), reader.GetInt32(2)),
        ("@table", table));

    /// <summary>True when no two rows can have the same value in a column.</summary>
    public static bool IsUnique(SqliteConnection connection, string table, Column column)
    {
        var key = PrimaryKey(Columns(connection, table));
        return (column.KeyPosition > 0 && key.Count == 1) || connection.Scalar(
            """
            SELECT 1 FROM pragma_index_list(@table) AS i
            WHERE i."unique" AND NOT i.partial
              AND (SELECT count(*) FROM pragma_index_info(i.name)) = 1
              AND (SELECT name FROM pragma_index_info(i.name)) = @column
            """,
            ("@table", table),
            ("@column", column.Name)) is not null;
    }

    /// <summary>The columns of a key among columns, in key order.</summary>
    public static IReadOnlyList<Column> PrimaryKey(IReadOnlyList<Column> columns) =>
        [.. columns.Where(column => column.KeyPosition > 0).OrderBy(column => column.KeyPosition)];

    public static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
