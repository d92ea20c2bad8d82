using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>A copy in a file beside the store's own, <c>FILE.bench</c>: on the same disk, and gone without a trace in the store.</summary>
/// <remarks>The copy has a lock file like any store, so that two processes do not share it.</remarks>
internal sealed class SqliteScratchTable : IScratchTable
{
    private readonly Database _database;
    private readonly string _file;

    private SqliteScratchTable(Database database, string file, IIngestTable table)
    {
        _database = database;
        _file = file;
        Table = table;
    }

    /// <inheritdoc/>
    public IIngestTable Table { get; }

    /// <summary>Copies rows that have a text, and for metrics alone a vector.</summary>
    public static async Task<SqliteScratchTable> CreateAsync(
        Database source, TableLayout layout, TableDescription description, int rows, bool metricsOnly, CancellationToken cancellationToken)
    {
        var file = $"{source.File}.bench";
        // Not given up half way, when nobody would remove the file.
        var database = await Database.OpenAsync(file, CancellationToken.None);
        var scratch = new SqliteScratchTable(database, file, new SqliteIngestTable(database, layout, description));
        try
        {
            await using var connection = await database.ConnectAsync(cancellationToken);
            // Not within a transaction: what is attached, and whether references count, is not up to one.
            connection.Execute("PRAGMA foreign_keys = OFF");
            connection.Execute("ATTACH DATABASE @file AS source", ("@file", source.File));
            await database.WriteAsync(connection, () => Fill(connection, layout, rows, metricsOnly), cancellationToken);
            return scratch;
        }
        catch
        {
            await scratch.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // Only who has the store open makes such a file, so that its lock may go too.
        foreach (var suffix in new[] { "", "-wal", "-shm", "-journal" })
        {
            File.Delete(_file + suffix);
        }

        _database.Dispose();
        File.Delete($"{_file}.lock");
        return ValueTask.CompletedTask;
    }

    private static void Fill(SqliteConnection connection, TableLayout layout, int rows, bool metricsOnly)
    {
        // What a process that was killed has left.
        foreach (var left in Catalog.Tables(connection))
        {
            connection.Execute($"DROP TABLE {Sql.Quote(left)}");
        }

        connection.Execute($"DELETE FROM {StateTables.Dead}; DELETE FROM {StateTables.Space}");

        // The statements that made the tables and their indexes, as they were given. Indexes without one come with their table.
        var definitions = connection.Query(
            "SELECT sql FROM source.sqlite_schema WHERE tbl_name IN (@table, @metrics) AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC",
            static reader => reader.GetString(0),
            ("@table", layout.Table),
            ("@metrics", layout.Metrics.Table));
        foreach (var definition in definitions)
        {
            connection.Execute(definition);
        }

        var table = Sql.Quote(layout.Table);
        var vector = Sql.Quote(layout.Embedding);
        var columns = connection.Query(
            "SELECT name FROM pragma_table_xinfo(@table) WHERE hidden = 0", static reader => reader.GetString(0), ("@table", layout.Table));
        var names = string.Join(", ", columns.Select(Sql.Quote));
        var values = string.Join(", ", columns.Select(column => column == layout.Embedding && !metricsOnly ? "NULL" : $"t.{Sql.Quote(column)}"));
        connection.Execute(
            $"""
            INSERT INTO main.{table}({names}) SELECT {values} FROM source.{table} AS t
            WHERE trim(t.{Sql.Quote(layout.Text)}, @blank) <> '' {(metricsOnly ? $"AND t.{vector} IS NOT NULL" : "")} LIMIT @rows
            """,
            ("@blank", RowStatements.Blank),
            ("@rows", rows));
    }
}
