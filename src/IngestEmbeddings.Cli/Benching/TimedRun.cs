using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Benching;

/// <summary>A run that measures how long its workers are busy with the store. Does not own the run.</summary>
/// <param name="run">The run itself.</param>
/// <param name="time">The clock.</param>
/// <param name="abandon">Cancels the proof at the end, which goes on when only the workers are asked to stop.</param>
internal sealed class TimedRun(IIngestRun run, TimeProvider time, CancellationToken abandon) : IIngestRun
{
    private long _ticks;

    /// <summary>The time of all workers that went into reading and writing.</summary>
    public TimeSpan InStore => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    public long Pending => run.Pending;

    public Task<long> CountPendingAsync(CancellationToken cancellationToken) => run.CountPendingAsync(cancellationToken);

    public async Task<IRowSession> OpenSessionAsync(int worker, CancellationToken cancellationToken) =>
        new Session(this, await run.OpenSessionAsync(worker, cancellationToken));

    public Task<RunProof> FinishAsync(CancellationToken cancellationToken) => run.FinishAsync(abandon);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<T> MeasureAsync<T>(Func<ValueTask<T>> call)
    {
        var started = time.GetTimestamp();
        try
        {
            return await call();
        }
        finally
        {
            Interlocked.Add(ref _ticks, time.GetElapsedTime(started).Ticks);
        }
    }

    private sealed class Session(TimedRun run, IRowSession session) : IRowSession
    {
        public ValueTask<RowWindow?> ReadAsync(int maxRows, CancellationToken cancellationToken) =>
            run.MeasureAsync(() => session.ReadAsync(maxRows, cancellationToken));

        public ValueTask<bool> WaitForMoreAsync(CancellationToken cancellationToken) => session.WaitForMoreAsync(cancellationToken);

        public ValueTask<WriteResult> WriteAsync(RowBatch batch, CancellationToken cancellationToken) =>
            run.MeasureAsync(() => session.WriteAsync(batch, cancellationToken));

        public ValueTask DisposeAsync() => session.DisposeAsync();
    }
}
