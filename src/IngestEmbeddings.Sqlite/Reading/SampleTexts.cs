using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Text;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Reading;

/// <summary>Reads the texts of some rows, for trying things out.</summary>
internal static class SampleTexts
{
    public static IReadOnlyList<string> Read(SqliteConnection connection, TableLayout layout, int rows)
    {
        var row = new RowSql(layout);
        return connection.Query(
            $"SELECT {LongTexts.Kept(row.TextColumn)} FROM {row.Table} AS t WHERE {PendingSql.HasText(row)} LIMIT @rows",
            static reader => reader.GetString(0),
            ("@rows", rows),
            ("@blank", BlankCharacters.All));
    }
}
