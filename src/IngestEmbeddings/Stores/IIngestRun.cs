namespace IngestEmbeddings.Stores;

/// <summary>One run over a table, shared by the workers of this process and, where the store allows, by other processes.</summary>
/// <remarks>Safe for use by several threads. Disposing it releases what the process holds; the rows done stay done.</remarks>
public interface IIngestRun : IAsyncDisposable
{
    /// <summary>Rows to do, counted when this process joined.</summary>
    long Pending { get; }

    /// <summary>Opens the connection of one worker.</summary>
    /// <param name="worker">The number of the worker, from 0.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TooManyConnectionsException">The server takes no more connections now; fewer workers still work.</exception>
    Task<IRowSession> OpenSessionAsync(int worker, CancellationToken cancellationToken);

    /// <summary>
    /// Proves completion once every session has read to the end: counts the rows still pending and those set aside.
    /// </summary>
    Task<RunProof> FinishAsync(CancellationToken cancellationToken);
}
