using System.Globalization;
using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>The failed rows of a table: their keys and reasons, with hashes that tell whether the cause may be gone.</summary>
internal static class FailedRows
{
    /// <summary>
    /// Records a row, if it still has <c>@text</c>. The other parameters are <c>@table</c>, <c>@shown</c>, <c>@stage</c>,
    /// <c>@reason</c> and <c>@tableHash</c>.
    /// </summary>
    public static string Insert(RowSql row) => $"""
        INSERT INTO {StateTables.FailedRow}("table", key, shown, stage, reason, text_hash, table_hash, at)
        SELECT @table, {row.KeyLiteral}, @shown, @stage, @reason, {row.Hash}, @tableHash, {StateTables.Now}
        FROM {row.Table} AS t WHERE {row.HasKey} AND {row.HasText}
        ON CONFLICT DO UPDATE SET stage = excluded.stage, reason = excluded.reason,
            text_hash = excluded.text_hash, table_hash = excluded.table_hash, at = excluded.at
        """;

    /// <summary>Lists failed rows in the order in which they failed.</summary>
    public static IReadOnlyList<FailedRow> List(SqliteConnection connection, TableLayout layout, int rows) => connection.Query(
        $"SELECT shown, stage, reason FROM {StateTables.FailedRow} WHERE \"table\" = @table ORDER BY at, key LIMIT @rows",
        static reader => new FailedRow(reader.GetString(0), reader.GetString(1), reader.GetString(2)),
        ("@table", layout.Table),
        ("@rows", rows));

    /// <summary>Makes all failed rows pending.</summary>
    public static void Clear(SqliteConnection connection, TableLayout layout) =>
        connection.Execute($"DELETE FROM {StateTables.FailedRow} WHERE \"table\" = @table", ("@table", layout.Table));

    /// <summary>
    /// Makes those rows pending whose text has changed since they failed, or whose table was altered. Scans the table when any
    /// row has failed.
    /// </summary>
    public static void ClearChanged(SqliteConnection connection, TableLayout layout)
    {
        if (connection.Scalar($"SELECT 1 FROM {StateTables.FailedRow} WHERE \"table\" = @table LIMIT 1", ("@table", layout.Table)) is null)
        {
            return;
        }

        var row = new RowSql(layout);
        connection.Execute(
            $"""
            DELETE FROM {StateTables.FailedRow} WHERE "table" = @table AND table_hash <> @tableHash;
            DELETE FROM {StateTables.FailedRow} WHERE "table" = @table AND key IN (
                SELECT f.key FROM {row.Table} AS t CROSS JOIN {StateTables.FailedRow} AS f
                WHERE f."table" = @table AND f.key = {row.KeyLiteral} AND f.text_hash <> {row.Hash})
            """,
            ("@table", layout.Table),
            ("@tableHash", TableHash(connection, layout)));
    }

    /// <summary>A hash of the definition of a table and its metrics table: columns, constraints, triggers and indexes.</summary>
    public static long TableHash(SqliteConnection connection, TableLayout layout) => Convert.ToInt64(
        connection.Scalar(
            $"""
            SELECT {TextHash.Sql("group_concat(sql, ';')")} FROM (
                SELECT sql FROM sqlite_schema WHERE tbl_name IN (@table, @metrics) AND sql IS NOT NULL ORDER BY type, name)
            """,
            ("@table", layout.Table),
            ("@metrics", layout.Metrics.Table)),
        CultureInfo.InvariantCulture);
}
