using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Sqlite;

/// <summary>The embedded store: one SQLite file, used by one process at a time.</summary>
/// <remarks>
/// Safe for use by several threads. SQLite has no asynchronous I/O: a call that has its turn runs on the caller's thread
/// until it is done, and cancelling interrupts it. Vectors are BLOBs of little-endian float32 numbers.
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
        if (request.Place != VectorPlace.Column || request.Form != VectorForm.Single)
        {
            throw new IngestException(
                IngestError.Configuration, "The embedded store keeps vectors in a column of the table, in single precision, and no other way.");
        }

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
            connection, () => Loading.RunAsync(connection, request, rows, cancellationToken), cancellationToken);
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

    /// <summary>Reads a value that a program keeps with the store.</summary>
    /// <param name="name">The name of the value.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The value; null when none was written.</returns>
    public async Task<string?> ReadSettingAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await _database.ConnectAsync(cancellationToken);
        return await _database.ReadAsync(
            connection,
            () => (string?)connection.Scalar($"SELECT value FROM {StateTables.Setting} WHERE name = @name", ("@name", name)),
            cancellationToken);
    }

    /// <summary>Writes a value that a program keeps with the store, over the one that was there.</summary>
    /// <param name="name">The name of the value.</param>
    /// <param name="value">The value.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task WriteSettingAsync(string name, string value, CancellationToken cancellationToken)
    {
        await using var connection = await _database.ConnectAsync(cancellationToken);
        await _database.WriteAsync(
            connection,
            () => connection.Execute(
                $"INSERT INTO {StateTables.Setting}(name, value) VALUES (@name, @value) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                ("@name", name),
                ("@value", value)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        return ValueTask.CompletedTask;
    }
}
