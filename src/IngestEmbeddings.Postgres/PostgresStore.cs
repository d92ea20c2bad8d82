using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Changes;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Documents;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Loading;
using IngestEmbeddings.Postgres.Schema;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres;

/// <summary>A PostgreSQL database with pgvector.</summary>
public sealed class PostgresStore : IStore
{
    private readonly ConnectionSource _source;
    private readonly PostgresOptions _options;

    private PostgresStore(ConnectionSource source, PostgresOptions options)
    {
        _source = source;
        _options = options;
    }

    /// <summary>What PostgreSQL with pgvector can do.</summary>
    public static StoreCapabilities Capabilities { get; } = new()
    {
        Name = "PostgreSQL",
        SharesRuns = true,
        ReplacesVectors = true,
        IndexesVectors = true,
        TracksChanges = true,
        HasSchemas = true,
        Places = [VectorPlace.Column, VectorPlace.Table],
        MaxDimensions = PgVectorLimits.MaxStored,
    };

    StoreCapabilities IStore.Capabilities => Capabilities;

    /// <inheritdoc/>
    public IStoreSettings? Settings => null;

    /// <summary>The server and the database, without the password.</summary>
    public string Location => _source.Location;

    /// <summary>Connects to the server, which checks that it is there and accepts the role.</summary>
    /// <param name="options">How to reach it.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="TooManyConnectionsException">The server takes no more connections.</exception>
    /// <exception cref="IngestException">The server is absent or refuses the role, or the options cannot be read.</exception>
    public static async Task<PostgresStore> OpenAsync(PostgresOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Lease < TimeSpan.FromSeconds(1))
        {
            throw new IngestException(IngestError.Configuration, "The lease must be at least one second.");
        }

        var source = new ConnectionSource(options);
        try
        {
            return await source.Border.RunAsync(async () =>
            {
                await source.ProbeAsync(cancellationToken);
                return new PostgresStore(source, options);
            });
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<InitReport> InitAsync(InitRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var report = await RunAsync((open, token) => TableCreator.EnsureAsync(open, request, token), cancellationToken);
        if (request.TracksChanges is { } tracks)
        {
            var parts = await RunAsync((open, token) => TrackAsync(open, request.Table, tracks, token), cancellationToken);
            var lines = parts.Select(part => tracks ? $"triggers on {part} that note its changes" : $"no triggers on {part} any more: its changes are not noted");
            report = report with { Created = [.. report.Created, .. lines] };
        }

        // Connections made before the extension do not know its types.
        _source.Renew();
        return report;
    }

    /// <inheritdoc/>
    public async Task<long> LoadAsync(LoadRequest request, IAsyncEnumerable<LoadRow> rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);

        // No retry: the rows can be read once only. They are the caller's, so that their faults pass as they are.
        await using var connection = await _source.Border.RunAsync(() => _source.OpenForLoadingAsync(cancellationToken));
        return await RowLoader.LoadAsync(connection, request, rows, Location, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IIngestTable> OpenTableAsync(TableRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var layout = await RunAsync((open, token) => TableLayout.FindAsync(open, request, token), cancellationToken);
        return new PostgresTable(_source, _options, layout);
    }

    /// <inheritdoc/>
    public async Task<IDocumentTable> OpenDocumentsAsync(DocumentsRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return await RunAsync((open, token) => PostgresDocuments.FindAsync(_source, _options, open, request, token), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static async Task<IReadOnlyList<string>> TrackAsync(
        NpgsqlConnection connection, TableRequest table, bool tracks, CancellationToken cancellationToken)
    {
        await StateSchema.EnsureAsync(connection, cancellationToken);
        var tracking = new ChangeTracking(await TableLayout.FindAsync(connection, table, cancellationToken));
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var parts = tracks ? await tracking.InstallAsync(connection, cancellationToken) : await tracking.RemoveAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return parts;
    }

    private Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        _source.Border.RunAsync(async () =>
        {
            await using var connection = new RetryingConnection(_source, patience: Patience.Command);
            return await connection.RunAsync((open, _, token) => work(open, token), cancellationToken);
        });
}
