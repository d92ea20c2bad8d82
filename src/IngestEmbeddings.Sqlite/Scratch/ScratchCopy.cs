using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Text;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Scratch;

/// <summary>Copies a table and some of its rows from the attached file <c>source</c>. Runs inside a write transaction.</summary>
internal static class ScratchCopy
{
    public static void Fill(SqliteConnection connection, TableLayout layout, ScratchRequest request)
    {
        // The leftovers of a killed process.
        foreach (var table in CatalogReader.Tables(connection))
        {
            connection.Execute($"DROP TABLE {Identifier.Quote(table)}");
        }

        connection.Execute($"DELETE FROM {StateTables.FailedRow}; DELETE FROM {StateTables.Space}");
        CopyDefinitions(connection, layout);
        CopyRows(connection, layout, request);
    }

    /// <summary>Runs the statements that made the tables and their indexes. An index without one comes with its table.</summary>
    private static void CopyDefinitions(SqliteConnection connection, TableLayout layout)
    {
        var definitions = connection.Query(
            "SELECT sql FROM source.sqlite_schema WHERE tbl_name IN (@table, @metrics) AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC",
            static reader => reader.GetString(0),
            ("@table", layout.Table),
            ("@metrics", layout.Metrics.Table));
        foreach (var definition in definitions)
        {
            connection.Execute(definition);
        }
    }

    private static void CopyRows(SqliteConnection connection, TableLayout layout, ScratchRequest request)
    {
        var row = new RowSql(layout);
        var columns = connection.Query(
            "SELECT name FROM pragma_table_xinfo(@table) WHERE hidden = 0", static reader => reader.GetString(0), ("@table", layout.Table));
        var names = string.Join(", ", columns.Select(Identifier.Quote));
        var values = string.Join(
            ", ", columns.Select(column => column == layout.Embedding && !request.KeepVectors ? "NULL" : $"t.{Identifier.Quote(column)}"));
        connection.Execute(
            $"""
            INSERT INTO main.{row.Table}({names}) SELECT {values} FROM source.{row.Table} AS t
            WHERE {PendingSql.HasText(row)} {(request.KeepVectors ? $"AND {row.Vector} IS NOT NULL" : "")} LIMIT @rows
            """,
            ("@blank", BlankCharacters.All),
            ("@rows", request.Rows));
    }
}
