using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>One worker's connection: reads in turn with the other sessions of the run, writes in turn on that of the run.</summary>
internal sealed class SqliteRowSession(SqliteIngestRun run, SqliteConnection connection, RowReader reader) : IRowSession
{
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
        // What is still held will not be written, and would be waited for without end.
        await GiveBackAsync();
        return await run.Claims.WaitForMoreAsync(
            () => run.ReadAsync(connection, reader.AnyPending, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<int> WriteAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var window = (SqliteRowWindow)batch.Window;
        var written = await run.WriteAsync(window, batch, cancellationToken);
        if (batch.CompletesWindow && _held.Remove(window))
        {
            await run.Claims.CompleteAsync();
        }

        return written;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await GiveBackAsync();
        reader.Dispose();
        await connection.DisposeAsync();
    }

    private async Task GiveBackAsync()
    {
        if (_held.Count > 0)
        {
            await run.Claims.GiveBackAsync(_held.Count);
            _held.Clear();
        }
    }
}
