namespace IngestEmbeddings.Stores;

/// <summary>One run over a table, shared by the workers of this process and, where the store allows, by other processes.</summary>
/// <remarks>Safe for use by several threads. Disposing it releases what the process holds; the rows done stay done.</remarks>
public interface IIngestRun : IAsyncDisposable
{
    /// <summary>
    /// About how many rows there are to do, which sizes the windows: counted when this process joined, or estimated where
    /// <see cref="CountPendingAsync"/> is still to count; <see cref="long.MaxValue"/> where nothing is known of them.
    /// </summary>
    long Pending { get; }

    /// <summary>
    /// Rows to do when this process joined. Asked once, when the sessions are open, and answered while they work, where counting would
    /// take a share of a short run that matters: the end of the run tells the same, and cancels the question.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    Task<long> CountPendingAsync(CancellationToken cancellationToken);

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
