using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Connections;
using IngestEmbeddings.Sqlite.Documents;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Loading;
using IngestEmbeddings.Sqlite.Schema;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Sqlite;

/// <summary>The embedded store: one SQLite file, used by one process at a time.</summary>
/// <remarks>
/// Safe for use by several threads. SQLite has no asynchronous I/O: a call runs on the caller's thread until it is done, and
/// cancelling interrupts it. Vectors are BLOBs of little-endian float32 numbers.
/// </remarks>
public sealed class SqliteStore : IStore, IStoreSettings
{
    private readonly Database _database;

    private SqliteStore(Database database) => _database = database;

    /// <summary>What the embedded store can do.</summary>
    public static StoreCapabilities Capabilities { get; } = new()
    {
        Name = "embedded store",
        Places = [VectorPlace.Column],
        MaxDimensions = new Dictionary<VectorForm, int> { [VectorForm.Single] = 16_000 },
    };

    StoreCapabilities IStore.Capabilities => Capabilities;

    /// <inheritdoc/>
    public IStoreSettings Settings => this;

    /// <inheritdoc/>
    public string Location => _database.Location;

    /// <summary>Opens a file, and creates it when it is not there.</summary>
    /// <param name="file">The path of the file; its folder must exist. A lock file, <c>FILE.lock</c>, is put next to it.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="IngestException">
    /// Another process has the file open, it is no SQLite database, it is damaged, or its folder cannot be written.
    /// </exception>
    public static async Task<SqliteStore> OpenAsync(string file, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(file);
        return new SqliteStore(await Database.OpenAsync(file, cancellationToken));
    }

    /// <summary>Opens a file that is there, to read it: nothing is written, and a run of another process may go on.</summary>
    /// <param name="file">The path of the file.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="IngestException">It cannot be read, is no SQLite database, or is damaged.</exception>
    public static async Task<SqliteStore> OpenReadOnlyAsync(string file, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(file);
        return new SqliteStore(await Database.OpenReadOnlyAsync(file, cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<InitReport> InitAsync(InitRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Place != VectorPlace.Column || request.Form != VectorForm.Single)
        {
            throw SqliteFaults.Misconfigured("The embedded store keeps vectors in a column of the table, in single precision only.");
        }

        await using var connection = await _database.ConnectAsync(cancellationToken);
        return await _database.WriteAsync(connection, () => TableCreator.Run(connection, request), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<long> LoadAsync(LoadRequest request, IAsyncEnumerable<LoadRow> rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(rows);
        await using var connection = await _database.ConnectAsync(cancellationToken);
        return await _database.WriteAsync(
            connection, () => RowLoader.RunAsync(connection, request, rows, cancellationToken), cancellationToken);
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
                var dimension = SpaceRegistry.Dimension(connection, layout.Table, layout.Embedding);
                var columns = CatalogReader.Columns(connection, layout.Table).Select(static column => column.Name);
                return new SqliteTable(_database, layout, layout.Describe(dimension) with { DocumentColumns = ChunkNames.DocumentColumns([.. columns], StringComparison.OrdinalIgnoreCase) });
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IDocumentTable> OpenDocumentsAsync(DocumentsRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var connection = await _database.ConnectAsync(cancellationToken);
        return await _database.ReadAsync(connection, () => SqliteDocuments.Find(_database, connection, request), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<string?> ReadSettingAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await _database.ConnectAsync(cancellationToken);
        return await _database.ReadAsync(connection, () => StoreSettings.Read(connection, name), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task WriteSettingAsync(string name, string value, CancellationToken cancellationToken)
    {
        await using var connection = await _database.ConnectAsync(cancellationToken);
        await _database.WriteAsync(connection, () => StoreSettings.Write(connection, name, value), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        return ValueTask.CompletedTask;
    }
}
