using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Schema;

/// <summary>Creates what is missing for a table, as <c>init</c> does. Runs inside a write transaction.</summary>
internal static class TableCreator
{
    public static InitReport Run(SqliteConnection connection, InitRequest request)
    {
        TableFinder.RefuseSchema(request.Table);
        var created = new List<string>();
        if (CatalogReader.FindTable(connection, request.Table.Table) is null)
        {
            created.Add(CreateTable(connection, request.Table));
        }

        var table = TableFinder.FindTable(connection, request.Table);
        var columns = CatalogReader.Columns(connection, table);
        var key = TableFinder.FindKey(connection, request.Table, table, columns);
        if (!HasPlaceForVectors(request.Table, table, columns, key))
        {
            var name = request.Table.EmbeddingColumn ?? "embedding";
            connection.Execute($"ALTER TABLE {Identifier.Quote(table)} ADD COLUMN {Identifier.Quote(name)} BLOB");
            created.Add($"column {name} of {table}, for vectors of {request.Dimension} float32 numbers");
        }

        if (!request.Table.WithoutMetrics)
        {
            EnsureMetrics(connection, request, table, key, created);
        }

        var layout = TableFinder.Find(connection, request.Table);
        SpaceRegistry.Declare(connection, layout.Table, layout.Embedding, request.Dimension);
        return new InitReport(layout.Describe(SpaceRegistry.Dimension(connection, layout.Table, layout.Embedding)), created);
    }

    private static void EnsureMetrics(SqliteConnection connection, InitRequest request, string table, IReadOnlyList<Column> key, List<string> created)
    {
        var metrics = MetricsLayout.NameFor(table);
        var columns = CatalogReader.Columns(connection, table);
        var hashName = MetricsLayout.HashName(columns, TableFinder.FindEmbedding(request.Table, table, columns, key)!);
        if (MetricsLayout.Find(connection, metrics, key.Count, hashName) is not { } found)
        {
            CreateMetrics(connection, table, key, hashName);
            created.Add($"table {metrics}");
        }
        else if (found.TextHash is null)
        {
            // Without a default the rows that are there are not rewritten: NULL, of an unknown text.
            connection.Execute($"ALTER TABLE {Identifier.Quote(found.Table)} ADD COLUMN {Identifier.Quote(hashName)} INTEGER");
            created.Add($"column {hashName} of {found.Table}");
        }
    }

    private static bool HasPlaceForVectors(
        TableRequest request, string table, IReadOnlyList<Column> columns, IReadOnlyList<Column> key) =>
        request.EmbeddingColumn is { } asked
            ? columns.Any(column => CatalogReader.Same(column.Name, asked))
            : TableFinder.FindEmbedding(request, table, columns, key) is not null;

    private static string CreateTable(SqliteConnection connection, TableRequest request)
    {
        var id = request.IdColumn ?? "id";
        var text = request.TextColumn ?? "text";
        var embedding = request.EmbeddingColumn ?? "embedding";
        connection.Execute(
            $"CREATE TABLE {Identifier.Quote(request.Table)}({Identifier.Quote(id)} INTEGER PRIMARY KEY, {Identifier.Quote(text)} TEXT, {Identifier.Quote(embedding)} BLOB)");
        return $"table {request.Table} ({id}, {text}, {embedding})";
    }

    /// <summary>Creates a metrics table whose key is named after the table: <c>sentenceid</c>, <c>documentid</c>, or as the table's own.</summary>
    private static void CreateMetrics(SqliteConnection connection, string table, IReadOnlyList<Column> key, string hashName)
    {
        string[] names = key is [var only]
            ? [MetricsNames.KeyName(table, only.Name, StringComparison.OrdinalIgnoreCase)]
            : [.. key.Select(column => column.Name)];
        var columns = names
            .Zip(key, (name, column) => $"{Identifier.Quote(name)} {(column.HoldsIntegers ? "INTEGER" : column.DeclaredType)} NOT NULL")
            .Concat(MetricsNames.Required.Select(column => $"{column.Name} {MetricsLayout.TypeOf(column)}"))
            .Append($"{MetricsNames.UpdatedAt.Name} TEXT")
            .Append($"{Identifier.Quote(hashName)} INTEGER");
        connection.Execute(
            $"""
            CREATE TABLE {Identifier.Quote(MetricsLayout.NameFor(table))}(
                {string.Join(", ", columns)},
                PRIMARY KEY({string.Join(", ", names.Select(Identifier.Quote))}))
            """);
    }
}
