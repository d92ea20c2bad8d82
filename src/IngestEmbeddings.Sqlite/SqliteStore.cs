using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Sqlite;

/// <summary>The embedded store: one SQLite file, used by one process at a time.</summary>
/// <remarks>
/// Safe for use by several threads. SQLite has no asynchronous I/O: a call that has its turn runs on the caller's thread
/// until it is done, and cancelling interrupts it. Vectors are BLOBs of little-endian float32 numbers.
/// </remarks>
public sealed class SqliteStore : IStore
{
    private readonly Database _database;

    private SqliteStore(Database database) => _database = database;

    /// <inheritdoc/>
    public string Location => _database.Location;

    /// <summary>Opens a file, and creates it when it is not there.</summary>
    /// <param name="file">The path of the file; its folder must exist. A lock file, <c>FILE.lock</c>, is put beside it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IngestException">
    /// Another process has the file open, it is no SQLite database, it is damaged, or its folder cannot be written.
    /// </exception>
    public static async Task<SqliteStore> OpenAsync(string file, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(file);
        return new SqliteStore(await Database.OpenAsync(file, cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<InitReport> InitAsync(InitRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var connection = await _database.ConnectAsync(cancellationToken);
        return await _database.WriteAsync(connection, () => TableCreation.Run(connection, request), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<long> LoadAsync(LoadRequest request, IAsyncEnumerable<LoadRow> rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(rows);
        await using var connection = await _database.ConnectAsync(cancellationToken);
        return await _database.WriteAsync(
            connection, () => Loading.RunAsync(connection, request.Table, rows, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IIngestTable> OpenTableAsync(TableRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var connection = await _database.ConnectAsync(cancellationToken);
        return await _database.ReadAsync(
            connection,
            () =>
            {
                var layout = TableFinder.Find(connection, request);
                return new SqliteIngestTable(_database, layout, layout.Describe(connection));
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        return ValueTask.CompletedTask;
    }
}
