using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Benching;

/// <summary>A run over texts in memory that starts again at their end, writes nothing, and ends when it is stopped.</summary>
internal sealed class SampleRun(IReadOnlyList<string> texts) : IIngestRun
{
    private long _read;

    public long Pending => long.MaxValue;

    public Task<long> CountPendingAsync(CancellationToken cancellationToken) => Task.FromResult(Pending);

    public Task<IRowSession> OpenSessionAsync(int worker, CancellationToken cancellationToken) =>
        Task.FromResult<IRowSession>(new Session(this));

    public Task<RunProof> FinishAsync(CancellationToken cancellationToken) => Task.FromResult(new RunProof(0, 0));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Window Read(int rows)
    {
        var first = Interlocked.Add(ref _read, rows) - rows;
        var window = new string[rows];
        for (var row = 0; row < rows; row++)
        {
            window[row] = texts[(int)((first + row) % texts.Count)];
        }

        return new Window(window);
    }

    private sealed class Session(SampleRun run) : IRowSession
    {
        public ValueTask<RowWindow?> ReadAsync(int maxRows, CancellationToken cancellationToken) => new(run.Read(maxRows));

        public ValueTask<bool> WaitForMoreAsync(CancellationToken cancellationToken) => new(false);

        public ValueTask<WriteResult> WriteAsync(RowBatch batch, CancellationToken cancellationToken) => new(new WriteResult(batch.Rows.Count));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Window(IReadOnlyList<string> texts) : RowWindow(texts)
    {
        public override string DescribeKey(int row) => $"row {row + 1} of the sample";
    }
}
