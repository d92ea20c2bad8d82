using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>The table beside a table that holds its text metrics.</summary>
internal static class MetricsTable
{
    private static readonly string[] RatioNames = ["word_ratio", "hawaiian_word_ratio"];
    private static readonly string[] CountNames = ["word_count", "length", "entity_count", "frequency"];

    public static string NameFor(string table) => table.ToUpperInvariant() switch
    {
        "SENTENCES" => "sentence_metrics",
        "DOCUMENTS" => "document_metrics",
        _ => $"{table}_metrics",
    };

    /// <summary>Finds a metrics table by its name; null when there is none.</summary>
    /// <exception cref="IngestException">There is one, and it lacks a column.</exception>
    public static MetricsLayout? Find(SqliteConnection connection, string name, int keyColumns)
    {
        if (Catalog.FindTable(connection, name) is not { } table)
        {
            return null;
        }

        var columns = Catalog.Columns(connection, table);
        var key = columns.Where(column => column.KeyPosition > 0).OrderBy(column => column.KeyPosition).Select(column => column.Name).ToList();
        if (key.Count != keyColumns)
        {
            throw SqliteFaults.Misconfigured(
                $"The metrics table {table} needs a primary key of {keyColumns} column(s), one for each of the table's key; it has {key.Count}.");
        }

        foreach (var count in CountNames.Where(count => NameIn(columns, count) is null))
        {
            throw Lacks(table, count, "INTEGER");
        }

        var ratio = RatioNames.Select(ratio => NameIn(columns, ratio)).FirstOrDefault(ratio => ratio is not null);
        return new MetricsLayout(table, key, ratio ?? throw Lacks(table, RatioNames[0], "REAL"), NameIn(columns, "updated_at"));
    }

    /// <summary>Creates a metrics table whose key is named after the table: <c>sentenceid</c>, <c>documentid</c>, or as the table's own.</summary>
    public static void Create(SqliteConnection connection, string table, IReadOnlyList<Column> key)
    {
        var names = KeyNames(table, key);
        var columns = names.Zip(key, (name, column) => $"{Sql.Quote(name)} {(column.HoldsIntegers ? "INTEGER" : column.DeclaredType)} NOT NULL");
        connection.Execute($"""
            CREATE TABLE {Sql.Quote(NameFor(table))}(
                {string.Join(", ", columns)},
                word_ratio REAL, word_count INTEGER, length INTEGER, entity_count INTEGER, frequency INTEGER, updated_at TEXT,
                PRIMARY KEY({string.Join(", ", names.Select(Sql.Quote))}))
            """);
    }

    private static IReadOnlyList<string> KeyNames(string table, IReadOnlyList<Column> key) => (key.Count, table.ToUpperInvariant()) switch
    {
        (1, "SENTENCES") => ["sentenceid"],
        (1, "DOCUMENTS") => ["documentid"],
        _ => [.. key.Select(column => column.Name)],
    };

    private static string? NameIn(IReadOnlyList<Column> columns, string name) =>
        columns.FirstOrDefault(column => Catalog.Same(column.Name, name))?.Name;

    private static IngestException Lacks(string table, string column, string type) => SqliteFaults.Misconfigured(
        $"The metrics table {table} has no column {column}: \"ALTER TABLE {Sql.Quote(table)} ADD COLUMN {column} {type}\" adds it.");
}
