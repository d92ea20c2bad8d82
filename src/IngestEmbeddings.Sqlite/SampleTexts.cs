using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>Reads the texts of some rows, for trying things out.</summary>
internal static class SampleTexts
{
    public static IReadOnlyList<string> Read(SqliteConnection connection, TableLayout layout, int rows)
    {
        var text = Sql.Quote(layout.Text);
        return connection.Query(
            $"SELECT {LongTexts.Kept(text)} FROM {Sql.Quote(layout.Table)} WHERE trim({text}, @blank) <> '' LIMIT @rows",
            static reader => reader.GetString(0),
            ("@rows", rows),
            ("@blank", RowStatements.Blank));
    }
}
