using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>What <c>init</c> does. Runs inside a write transaction.</summary>
internal static class TableCreation
{
    public static InitReport Run(SqliteConnection connection, InitRequest request)
    {
        TableFinder.RefuseSchema(request.Table);
        var created = new List<string>();
        if (Catalog.FindTable(connection, request.Table.Table) is null)
        {
            created.Add(CreateTable(connection, request.Table));
        }

        var table = TableFinder.FindTable(connection, request.Table);
        var columns = Catalog.Columns(connection, table);
        var key = TableFinder.FindKey(connection, request.Table, table, columns);
        if (!HasPlaceForVectors(request.Table, table, columns, key))
        {
            var name = request.Table.EmbeddingColumn ?? "embedding";
            connection.Execute($"ALTER TABLE {Sql.Quote(table)} ADD COLUMN {Sql.Quote(name)} BLOB");
            created.Add($"column {name} of {table}, for vectors of {request.Dimension} float32 numbers");
        }

        var metrics = MetricsTable.NameFor(table);
        if (MetricsTable.Find(connection, metrics, key.Count) is null)
        {
            MetricsTable.Create(connection, table, key);
            created.Add($"table {metrics}");
        }

        var layout = TableFinder.Find(connection, request.Table);
        VectorSpace.Declare(connection, layout.Table, layout.Embedding, request.Dimension);
        return new InitReport(layout.Describe(connection), created);
    }

    private static bool HasPlaceForVectors(
        TableRequest request, string table, IReadOnlyList<Column> columns, IReadOnlyList<Column> key) =>
        request.EmbeddingColumn is { } asked
            ? columns.Any(column => Catalog.Same(column.Name, asked))
            : TableFinder.FindEmbedding(request, table, columns, key) is not null;

    private static string CreateTable(SqliteConnection connection, TableRequest request)
    {
        var id = request.IdColumn ?? "id";
        var text = request.TextColumn ?? "text";
        var embedding = request.EmbeddingColumn ?? "embedding";
        connection.Execute(
            $"CREATE TABLE {Sql.Quote(request.Table)}({Sql.Quote(id)} INTEGER PRIMARY KEY, {Sql.Quote(text)} TEXT, {Sql.Quote(embedding)} BLOB)");
        return $"table {request.Table} ({id}, {text}, {embedding})";
    }
}
