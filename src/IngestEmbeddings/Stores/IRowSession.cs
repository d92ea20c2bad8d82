using IngestEmbeddings.Rows;

namespace IngestEmbeddings.Stores;

/// <summary>The connection of one worker: reads pending rows, a window at a time, and writes the results.</summary>
/// <remarks>
/// Not safe for use by several threads: one call at a time. Transient faults (a lost connection, a deadlock, a server that
/// restarts) are retried inside each call; an exception ends the worker. Disposing it releases its claims.
/// </remarks>
public interface IRowSession : IAsyncDisposable
{
    /// <summary>Claims and reads the next rows in key order.</summary>
    /// <param name="maxRows">The maximum rows to read, at least 1.</param>
    /// <param name="cancellationToken">A token to cancel the operation; what was claimed stays claimed until the session is disposed.</param>
    /// <returns>
    /// A window of 1 to <paramref name="maxRows"/> rows, fewer where their texts come to
    /// <see cref="Text.TextLimits.FullWindow"/>: the row that does is the last one, and the rest is the next window's. Null
    /// when nothing can be claimed at present.
    /// </returns>
    ValueTask<RowWindow?> ReadAsync(int maxRows, CancellationToken cancellationToken);

    /// <summary>
    /// Called when <see cref="ReadAsync"/> gave null and every window of this session is written: waits while other
    /// workers hold the rest.
    /// </summary>
    /// <returns>True when there may be rows to read again; false when the run has no more rows for any worker.</returns>
    ValueTask<bool> WaitForMoreAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Writes vectors, metrics and failures in one transaction, so that a row never has one without the other, and only to
    /// rows whose text is still the one that was read.
    /// </summary>
    /// <returns>How many of the rows were written, and which ones the database refused.</returns>
    /// <exception cref="ClaimLostException">Another worker has taken the rows over; nothing was written.</exception>
    ValueTask<WriteResult> WriteAsync(RowBatch batch, CancellationToken cancellationToken);
}
