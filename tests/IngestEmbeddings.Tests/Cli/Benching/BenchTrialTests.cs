using IngestEmbeddings.Cli.Benching;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Benching;

public class BenchTrialTests
{
    [Fact]
    public async Task A_run_that_is_done_before_the_time_is_begun_again()
    {
        var subject = new FewRows();

        var result = await TryAsync(subject, TimeSpan.FromSeconds(1));

        subject.Started.ShouldBeGreaterThan(1);
        result.RowsPerSecond.ShouldBeGreaterThan(0);
        result.StoreShare.ShouldNotBeNull().ShouldBeInRange(0, 1);
    }

    [Fact]
    public async Task Time_that_is_up_during_the_proof_at_the_end_does_not_lose_the_result()
    {
        var subject = new FewRows { Proving = TimeSpan.FromSeconds(2) };

        var result = await TryAsync(subject, TimeSpan.FromSeconds(1));

        subject.Started.ShouldBe(1);
        result.RowsPerSecond.ShouldBeInRange(0.01, 2 / 1.9);
    }

    private static Task<BenchResult> TryAsync(FewRows subject, TimeSpan duration) =>
        new BenchTrial(subject, new TextMeter(), TimeProvider.System).RunAsync(
            new HashingEncoder(), workers: 1, batchSize: 2, duration, TestContext.Current.CancellationToken);

    /// <summary>Two rows a run.</summary>
    private sealed class FewRows : IBenchSubject
    {
        public TimeSpan Proving { get; init; }

        public int Started { get; private set; }

        public int Rows => 2;

        public bool Writes => true;

        public Task<IIngestRun> StartAsync(IEncoder? encoder, IngestOptions options, CancellationToken cancellationToken)
        {
            Started++;
            return Task.FromResult<IIngestRun>(new Run(Proving));
        }
    }

    private sealed class Run(TimeSpan proving) : IIngestRun, IRowSession
    {
        private bool _read;

        public long Pending => 2;

        public Task<long> CountPendingAsync(CancellationToken cancellationToken) => Task.FromResult(Pending);

        public Task<IRowSession> OpenSessionAsync(int worker, CancellationToken cancellationToken) => Task.FromResult<IRowSession>(this);

        public async Task<RunProof> FinishAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(proving, cancellationToken);
            return new RunProof(0, 0);
        }

        public ValueTask<RowWindow?> ReadAsync(int maxRows, CancellationToken cancellationToken)
        {
            var window = _read ? null : new Window(["one", "two"]);
            _read = true;
            return new(window);
        }

        public ValueTask<bool> WaitForMoreAsync(CancellationToken cancellationToken) => new(false);

        public ValueTask<WriteResult> WriteAsync(RowBatch batch, CancellationToken cancellationToken) => new(new WriteResult(batch.Rows.Count));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Window(IReadOnlyList<string> texts) : RowWindow(texts)
    {
        public override string DescribeKey(int row) => $"{row}";
    }
}
