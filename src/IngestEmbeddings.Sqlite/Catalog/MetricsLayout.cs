using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Catalog;

/// <summary>The separate table with the text metrics of a table's rows.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Key">The columns that hold the key of the row, in key order.</param>
/// <param name="Columns">The columns of <see cref="MetricsNames.Required"/>, in that order.</param>
/// <param name="UpdatedAt">The column of the time of the write; null when there is none.</param>
internal sealed record MetricsLayout(string Table, IReadOnlyList<string> Key, IReadOnlyList<string> Columns, string? UpdatedAt)
{
    /// <summary>True for embeddings alone: there is no such table, and an empty set of rows is read in its place.</summary>
    public bool IsNone => Table.Length == 0;

    /// <summary>What stands for the metrics of a table that has none.</summary>
    /// <param name="keyColumns">The columns of the table's key.</param>
    public static MetricsLayout None(int keyColumns) => new(
        "", [.. Enumerable.Range(0, keyColumns).Select(static column => $"k{column}")], [.. MetricsNames.Required.Select(static column => column.Name)], UpdatedAt: null);

    /// <summary>The column of the frequency, the last of them.</summary>
    public string Frequency => Columns[^1];

    /// <summary>The column with the hash of the text that the vector was made of; null where there is none.</summary>
    public string? TextHash { get; init; }

    /// <summary>The name of the column with the hash of the text that vectors in a column were made of.</summary>
    /// <remarks>
    /// That of <c>embedding</c>, or of the only column with vectors, is <c>text_hash</c>: vectors of another column may be of
    /// an older text.
    /// </remarks>
    public static string HashName(IReadOnlyList<Column> columns, string vector) =>
        CatalogReader.Same(vector, "embedding") || columns.All(column => !column.HoldsBlobs || CatalogReader.Same(column.Name, vector))
            ? MetricsNames.TextHash.Name
            : $"{MetricsNames.TextHash.Name}_{vector}";

    /// <summary>The name of the metrics table of a table.</summary>
    public static string NameFor(string table) => MetricsNames.TableName(table, StringComparison.OrdinalIgnoreCase);

    /// <summary>Finds a metrics table by its name; null when there is none.</summary>
    /// <exception cref="IngestException">There is one, and it lacks a column.</exception>
    public static MetricsLayout? Find(SqliteConnection connection, string name, int keyColumns, string? hashName = null)
    {
        if (CatalogReader.FindTable(connection, name) is not { } table)
        {
            return null;
        }

        var columns = CatalogReader.Columns(connection, table);
        var key = CatalogReader.PrimaryKey(columns);
        if (key.Count != keyColumns)
        {
            throw SqliteFaults.Misconfigured(
                $"The metrics table {table} needs a primary key of {keyColumns} column(s), one for each of the table's key; it has {key.Count}.");
        }

        return new MetricsLayout(
            table,
            [.. key.Select(column => column.Name)],
            [.. MetricsNames.Required.Select(column => NameIn(columns, column) ?? throw Lacks(table, column))],
            NameIn(columns, MetricsNames.UpdatedAt))
        {
            TextHash = columns.FirstOrDefault(column => CatalogReader.Same(column.Name, hashName ?? MetricsNames.TextHash.Name))?.Name,
        };
    }

    /// <summary>The type that a column is created with.</summary>
    public static string TypeOf(MetricsColumn column) => column == MetricsNames.WordRatio ? "REAL" : "INTEGER";

    private static string? NameIn(IReadOnlyList<Column> columns, MetricsColumn wanted) => wanted.Names
        .Select(name => columns.FirstOrDefault(column => CatalogReader.Same(column.Name, name))?.Name)
        .FirstOrDefault(name => name is not null);

    private static IngestException Lacks(string table, MetricsColumn column) => SqliteFaults.Misconfigured(
        $"The metrics table {table} has no column {column.Name}. "
        + $"To add it: ALTER TABLE {Identifier.Quote(table)} ADD COLUMN {column.Name} {TypeOf(column)}");
}
