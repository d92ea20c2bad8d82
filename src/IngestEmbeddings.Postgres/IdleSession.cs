using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Postgres;

/// <summary>A worker of a run that had no pending row when it began.</summary>
internal sealed class IdleSession : IRowSession
{
    public ValueTask<RowWindow?> ReadAsync(int maxRows, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<RowWindow?>(null);
    }

    public ValueTask<bool> WaitForMoreAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(false);
    }

    public ValueTask<WriteResult> WriteAsync(RowBatch batch, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("This session has read no rows.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
