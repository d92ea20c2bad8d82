using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>The texts that several rows of a table have, with their counts, during a run.</summary>
internal static class FrequencyTable
{
    /// <summary>The frequency of the text of a row, with <see cref="Join"/>.</summary>
    public const string Count = "coalesce(f.rows, 1)";

    /// <summary>Counts the rows of each text: one sort of the table, spilled to disk by SQLite. Texts that occur once are not kept.</summary>
    public static void Create(SqliteConnection connection, RowSql row)
    {
        var text = Text(row);
        connection.Execute(
            $"""
            DROP TABLE IF EXISTS {StateTables.Frequency};
            CREATE TABLE {StateTables.Frequency}(text TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID;
            INSERT INTO {StateTables.Frequency}
            SELECT {text}, count(*) FROM {row.Table} AS t WHERE {text} IS NOT NULL GROUP BY {text} HAVING count(*) > 1;
            """);
    }

    public static void Drop(SqliteConnection connection) => connection.Execute($"DROP TABLE IF EXISTS {StateTables.Frequency}");

    /// <summary>Joins the table to a row.</summary>
    public static string Join(RowSql row) => $"LEFT JOIN {StateTables.Frequency} AS f ON f.text = {Text(row)}";

    // A cast, because SQLite accepts a value of any type in any column. BINARY, because of collations.
    private static string Text(RowSql row) => $"CAST({row.TextColumn} AS TEXT) COLLATE BINARY";
}
