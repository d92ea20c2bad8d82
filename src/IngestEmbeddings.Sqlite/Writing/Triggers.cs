using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Writing;

/// <summary>Finds the triggers that a written row fires: they may undo the write, or change the text that the vector belongs to.</summary>
internal static class Triggers
{
    /// <summary>True when the table or its metrics table has any. Read for each batch, because they may come during a run.</summary>
    public static bool Exist(SqliteConnection connection, TableLayout layout) => connection.Scalar(
        """
        SELECT 1 FROM (SELECT type, tbl_name FROM sqlite_schema UNION ALL SELECT type, tbl_name FROM sqlite_temp_schema)
        WHERE type = 'trigger' AND tbl_name COLLATE NOCASE IN (@table, @metrics) LIMIT 1
        """,
        ("@table", layout.Table),
        ("@metrics", layout.Metrics.Table)) is not null;
}
