using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>Keeps the receipts of a table's runs.</summary>
internal static class ReceiptBook
{
    /// <summary>The receipts that are kept of each table.</summary>
    private const int Kept = 100;

    /// <summary>Adds a receipt, and forgets the oldest. Runs inside a write transaction.</summary>
    public static int Keep(SqliteConnection connection, TableLayout layout, string receipt)
    {
        connection.Execute(
            $"""INSERT INTO {StateTables.Receipt}("table", at, document) VALUES (@table, {StateTables.Now}, @document)""",
            ("@table", layout.Table),
            ("@document", receipt));
        return connection.Execute(
            $"""
            DELETE FROM {StateTables.Receipt} WHERE "table" = @table AND no NOT IN (
                SELECT no FROM {StateTables.Receipt} WHERE "table" = @table ORDER BY no DESC LIMIT @kept)
            """,
            ("@table", layout.Table),
            ("@kept", Kept));
    }

    /// <summary>The receipts, the last one first.</summary>
    public static IReadOnlyList<string> Read(SqliteConnection connection, TableLayout layout) => connection.Query(
        $"""SELECT document FROM {StateTables.Receipt} WHERE "table" = @table ORDER BY no DESC""",
        static reader => reader.GetString(0),
        ("@table", layout.Table));
}
