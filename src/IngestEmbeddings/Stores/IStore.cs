namespace IngestEmbeddings.Stores;

/// <summary>A database that keeps tables of texts.</summary>
/// <remarks>
/// Safe for use by several threads. Every member throws <see cref="IngestException"/> for what the user can fix
/// (an unknown table, a missing right, an unreachable server), with the thing named and the next step said.
/// </remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>Where the store is, fit to be shown: no password.</summary>
    string Location { get; }

    /// <summary>What this kind of store can do.</summary>
    StoreCapabilities Capabilities { get; }

    /// <summary>Settings that are kept in the store; null where it has no place for them.</summary>
    IStoreSettings? Settings { get; }

    /// <summary>Creates what is missing for a table: the table itself, a place for its vectors, its metrics table.</summary>
    Task<InitReport> InitAsync(InitRequest request, CancellationToken cancellationToken);

    /// <summary>Adds rows to a table. All of them, or none when it throws.</summary>
    /// <returns>The number of rows added.</returns>
    Task<long> LoadAsync(LoadRequest request, IAsyncEnumerable<LoadRow> rows, CancellationToken cancellationToken);

    /// <summary>Finds a table and checks that it can be ingested.</summary>
    Task<IIngestTable> OpenTableAsync(TableRequest request, CancellationToken cancellationToken);

    /// <summary>Finds a table of documents, to be split into chunks.</summary>
    Task<IDocumentTable> OpenDocumentsAsync(DocumentsRequest request, CancellationToken cancellationToken);
}
