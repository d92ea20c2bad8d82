using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Connections;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Sqlite.Scratch;

/// <summary>A copy in a file next to the store's own, <c>FILE.bench</c>: on the same disk, and the store itself stays as it is.</summary>
/// <remarks>The copy has a lock file like any store, so that two processes do not share it.</remarks>
internal sealed class SqliteScratchTable : IScratchTable
{
    private readonly Database _database;

    private SqliteScratchTable(Database database, IIngestTable table)
    {
        _database = database;
        Table = table;
    }

    /// <inheritdoc/>
    public IIngestTable Table { get; }

    /// <summary>Copies rows that have a text.</summary>
    /// <param name="source">The file with the table.</param>
    /// <param name="layout">The table.</param>
    /// <param name="request">Which rows.</param>
    /// <param name="open">Opens the table of the copy.</param>
    /// <param name="cancellationToken">A token to cancel the operation; nothing is left then.</param>
    public static async Task<SqliteScratchTable> CreateAsync(
        Database source, TableLayout layout, ScratchRequest request, Func<Database, IIngestTable> open, CancellationToken cancellationToken)
    {
        // Not cancelled half way, when nothing would remove the file.
        var database = await Database.OpenAsync($"{source.File}.bench", CancellationToken.None);
        var scratch = new SqliteScratchTable(database, open(database));
        try
        {
            await using var connection = await database.ConnectAsync(cancellationToken);
            // SQLite changes neither inside a transaction.
            connection.Execute("PRAGMA foreign_keys = OFF");
            connection.Execute("ATTACH DATABASE @file AS source", ("@file", source.File));
            await database.WriteAsync(connection, () => ScratchCopy.Fill(connection, layout, request), cancellationToken);
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
        // Only the process that has the store open makes such a file, so its lock file is removed too.
        foreach (var suffix in new[] { "", "-wal", "-shm", "-journal" })
        {
            File.Delete(_database.File + suffix);
        }

        _database.Dispose();
        File.Delete($"{_database.File}.lock");
        return ValueTask.CompletedTask;
    }
}
