using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>Counts what is left to do: one look at every row of the table.</summary>
internal static class RowCount
{
    public static RunProof Of(SqliteConnection connection, TableLayout layout, RowStatements statements) => connection.Query(
        statements.Count,
        static reader => new RunProof(reader.GetInt64(0), reader.GetInt64(1)),
        ("@table", layout.Table),
        ("@blank", RowStatements.Blank))[0];
}
