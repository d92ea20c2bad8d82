using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Tests.Pipeline;

/// <summary>A run over a list of texts in memory, which notes what the pipeline does and can be told to misbehave.</summary>
internal sealed class ListRun(params IReadOnlyList<string> texts) : IIngestRun
{
    private readonly Lock _lock = new();
    private int _next;

    public long Pending => texts.Count;

    /// <summary>Counts what is pending; at once unless a test wants it to take time.</summary>
    public Func<CancellationToken, Task<long>>? Count { get; init; }

    public Task<long> CountPendingAsync(CancellationToken cancellationToken) =>
        Count?.Invoke(cancellationToken) ?? Task.FromResult(Pending);

    /// <summary>How often each row was written.</summary>
    public int[] Writes { get; } = new int[texts.Count];

    public List<RowFailure> Failures { get; } = [];

    /// <summary>True for the rows that the store refuses.</summary>
    public Func<int, bool> Refuses { get; init; } = static _ => false;

    public List<RowWindow> CompletedWindows { get; } = [];

    public List<int> BatchSizes { get; } = [];

    public int OpenSessions { get; private set; }

    /// <summary>Sessions that the server accepts.</summary>
    public int MaxSessions { get; init; } = int.MaxValue;

    /// <summary>Called at each write, with its number from 1, before it takes effect.</summary>
    public Action<int> OnWrite { get; init; } = static _ => { };

    /// <summary>Called at each read, with its number from 1.</summary>
    public Action<int> OnRead { get; init; } = static _ => { };

    public Task<IRowSession> OpenSessionAsync(int worker, CancellationToken cancellationToken)
    {
        if (worker >= MaxSessions)
        {
            throw new TooManyConnectionsException("sorry, too many clients already");
        }

        OpenSessions++;
        return Task.FromResult<IRowSession>(new Session(this));
    }

    public Task<RunProof> FinishAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new RunProof(Writes.Count(count => count == 0) - Failures.Count, Failures.Count));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Window(int first, IReadOnlyList<string> texts) : RowWindow(texts)
    {
        public int First => first;

        public override string DescribeKey(int row) => $"{first + row}";
    }

    private sealed class Session(ListRun run) : IRowSession
    {
        private int _calls;
        private int _writes;
        private int _reads;

        public ValueTask<RowWindow?> ReadAsync(int maxRows, CancellationToken cancellationToken) => OneAtATime<RowWindow?>(() =>
        {
            run.OnRead(++_reads);
            lock (run._lock)
            {
                var count = Math.Min(maxRows, run.Writes.Length - run._next);
                if (count == 0)
                {
                    return null;
                }

                var window = new Window(run._next, [.. run.Texts.Skip(run._next).Take(count)]);
                run._next += count;
                return window;
            }
        });

        public ValueTask<bool> WaitForMoreAsync(CancellationToken cancellationToken) => OneAtATime(() => false);

        public ValueTask<WriteResult> WriteAsync(RowBatch batch, CancellationToken cancellationToken) => OneAtATime(() =>
        {
            run.OnWrite(++_writes);
            lock (run._lock)
            {
                foreach (var row in batch.Rows)
                {
                    run.Writes[((Window)batch.Window).First + row]++;
                }

                run.BatchSizes.Add(batch.Rows.Count);
                run.Failures.AddRange(batch.Failures);
                if (batch.CompletesWindow)
                {
                    run.CompletedWindows.Add(batch.Window);
                }
            }

            var refused = batch.Rows.Where(row => run.Refuses(((Window)batch.Window).First + row)).Select(row => new RowFailure(row, "write", "refused")).ToList();
            return new WriteResult(batch.Rows.Count - refused.Count, refused);
        });

        public ValueTask DisposeAsync()
        {
            run.OpenSessions--;
            return ValueTask.CompletedTask;
        }

        /// <summary>Fails when the pipeline uses a session from two places at once.</summary>
        private async ValueTask<T> OneAtATime<T>(Func<T> call)
        {
            if (Interlocked.Increment(ref _calls) != 1)
            {
                throw new InvalidOperationException("Two calls at once on one session.");
            }

            await Task.Yield();
            try
            {
                return call();
            }
            finally
            {
                Interlocked.Decrement(ref _calls);
            }
        }
    }

    private IReadOnlyList<string> Texts => texts;
}
