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
    /// Counts the rows to do when this process joined. Called once, when the sessions are open. May complete while workers run.
    /// Cancelled when the run ends first.
    /// </summary>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    Task<long> CountPendingAsync(CancellationToken cancellationToken);

    /// <summary>Opens the connection of one worker.</summary>
    /// <param name="worker">The number of the worker, from 0.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="TooManyConnectionsException">The server takes no more connections now; fewer workers still work.</exception>
    Task<IRowSession> OpenSessionAsync(int worker, CancellationToken cancellationToken);

    /// <summary>
    /// Proves completion once every session has read to the end: counts the rows still pending and the failed rows.
    /// </summary>
    Task<RunProof> FinishAsync(CancellationToken cancellationToken);
}
