using IngestEmbeddings.Rows;
using IngestEmbeddings.Sqlite.Reading;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>The connection of one worker. It reads on it, and writes on the connection of the run; both one session at a time.</summary>
internal sealed class SqliteSession(SqliteRun run, SqliteConnection connection, WindowReader reader) : IRowSession
{
    private const string DataVersion = "PRAGMA data_version";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<RowWindow> _held = [];

    /// <inheritdoc/>
    public async ValueTask<RowWindow?> ReadAsync(int maxRows, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRows, 1);
        var window = await run.Claims.NextAsync(
            after => run.ReadAsync(connection, () => reader.Read(after, maxRows), cancellationToken), cancellationToken);
        if (window is not null)
        {
            _held.Add(window);
        }

        return window;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> WaitForMoreAsync(CancellationToken cancellationToken)
    {
        // Windows that are still held will not be written; without this, all sessions would wait for them.
        await ReleaseAsync();
        return await run.Claims.WaitForMoreAsync(
            () => run.Watches ? WaitForChangeAsync(cancellationToken) : AnyPendingAsync(cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<WriteResult> WriteAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var result = await run.WriteAsync(batch, cancellationToken);
        if (batch.CompletesWindow && _held.Remove(batch.Window))
        {
            await run.Claims.CompleteAsync();
        }

        return result;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ReleaseAsync();
        reader.Dispose();
        await connection.DisposeAsync();
    }

    private Task<bool> AnyPendingAsync(CancellationToken cancellationToken) =>
        run.ReadAsync(connection, reader.AnyPending, cancellationToken);

    // The version of the data is a number in memory: only after a change, also one of our own, the table is looked at.
    private async Task<bool> WaitForChangeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var version = await run.ReadAsync(connection, () => connection.Scalar(DataVersion), cancellationToken);
            if (await AnyPendingAsync(cancellationToken))
            {
                return true;
            }

            var isPruned = await run.PruneNowAndThenAsync(cancellationToken);
            while (Equals(version, await run.ReadAsync(connection, () => connection.Scalar(DataVersion), cancellationToken)))
            {
                // What the last change left may have come too soon after the last pruning.
                await Task.Delay(Poll, cancellationToken);
                isPruned = isPruned || await run.PruneNowAndThenAsync(cancellationToken);
            }
        }
    }

    private async Task ReleaseAsync()
    {
        if (_held.Count > 0)
        {
            await run.Claims.ReleaseAsync(_held.Count);
            _held.Clear();
        }
    }
}
