using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Pipeline;

public class IngestPipelineTests
{
    private readonly RecordingObserver _observer = new();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 100)]
    [InlineData(4, 7)]
    [InlineData(8, 100)]
    public async Task Every_row_is_written_once_at_any_number_of_workers_and_batch_size(int workers, int batchSize)
    {
        var run = new ListRun(Texts(2_345));

        var summary = await RunAsync(run, new LetterEncoder(), new() { Workers = workers, BatchSize = batchSize });

        run.Writes.ShouldAllBe(count => count == 1);
        run.OpenSessions.ShouldBe(0);
        summary.Written.ShouldBe(2_345);
        summary.Proof.ShouldBe(new RunProof(0, 0));
        _observer.Batches.Max(batch => batch.Written).ShouldBe(2_345);
        _observer.Batches.Sum(batch => batch.Rows).ShouldBe(2_345);
        _observer.Batches.Max(batch => batch.Rows).ShouldBe(batchSize);
    }

    [Fact]
    public async Task Vectors_are_written_by_batches()
    {
        var run = new ListRun(Texts(250));

        await RunAsync(run, new LetterEncoder(), new() { BatchSize = 100 });

        run.BatchSizes.ShouldBe([100, 100, 50]);
    }

    [Fact]
    public async Task Metrics_alone_are_written_by_windows_and_reported_by_batches()
    {
        var run = new ListRun(Texts(1_050));

        await RunAsync(run, encoder: null, new() { BatchSize = 100 });

        run.BatchSizes.ShouldBe([1_000, 50]);
        _observer.Batches.Select(batch => batch.Rows).ShouldBe([.. Enumerable.Repeat(100, 10), 50]);
        _observer.Batches.Select(batch => batch.Written).ShouldBe([.. Enumerable.Range(1, 10).Select(i => i * 100L), 1_050]);
    }

    [Fact]
    public async Task With_a_pause_each_batch_of_metrics_is_written_by_itself()
    {
        var run = new ListRun(Texts(250));

        await RunAsync(run, encoder: null, new() { BatchSize = 100, Sleep = TimeSpan.FromTicks(1) });

        run.BatchSizes.ShouldBe([100, 100, 50]);
    }

    [Fact]
    public async Task One_worker_writes_in_key_order()
    {
        var order = new List<string>();
        var run = new ListRun(Texts(1_000));

        await RunAsync(run, new LetterEncoder { OnText = order.Add }, new() { BatchSize = 10 });

        order.ShouldBe(Texts(1_000));
    }

    [Fact]
    public async Task The_next_window_is_read_while_one_is_encoded()
    {
        using var read = new ManualResetEventSlim();
        var run = new ListRun(Texts(300)) { OnRead = number => { if (number == 2) { read.Set(); } } };
        var encoder = new LetterEncoder { OnText = _ => read.Wait(TimeSpan.FromSeconds(10)).ShouldBeTrue() };

        await RunAsync(run, encoder, new() { BatchSize = 100, Workers = 3 });

        run.Writes.ShouldAllBe(count => count == 1);
    }

    [Fact]
    public async Task Each_window_is_reported_as_read_encoded_and_written_in_that_order()
    {
        await RunAsync(new ListRun(Texts(300)), new LetterEncoder(), new() { BatchSize = 50, Workers = 3 });

        foreach (var worker in Enumerable.Range(0, 3))
        {
            var read = _observer.Events.OfType<WindowRead>().Where(window => window.Worker == worker).Sum(window => window.Rows);
            _observer.Events.OfType<WindowEncoded>().Where(window => window.Worker == worker).Sum(window => window.Rows).ShouldBe(read);
            _observer.Events.OfType<WindowWritten>().Where(window => window.Worker == worker).Sum(window => window.Rows).ShouldBe(read);
            _observer.Events.OfType<WorkerWaited>().Count(wait => wait.Worker == worker).ShouldBe(1);
        }

        _observer.Events.OfType<WindowWritten>().Sum(window => window.Rows).ShouldBe(300);
    }

    [Fact]
    public async Task A_row_that_cannot_be_encoded_fails_and_the_others_are_written()
    {
        var run = new ListRun([.. Texts(20), "refuse me", "nan"]);

        var summary = await RunAsync(run, new LetterEncoder(), new() { BatchSize = 5 });

        run.Failures.Select(failure => (failure.Stage, failure.Reason)).ShouldBe(
            [("encode", "refused"), ("check", "the vector has a component that is not a finite number")]);
        (summary.Written, summary.Failed).ShouldBe((20, 2));
    }

    [Fact]
    public async Task A_row_that_the_store_refuses_counts_as_failed()
    {
        var run = new ListRun(Texts(20)) { Refuses = row => row is 3 or 11 };

        var summary = await RunAsync(run, new LetterEncoder(), new() { BatchSize = 5, MaxFailures = 2 });

        (summary.Written, summary.Failed).ShouldBe((18, 2));
        _observer.Events.OfType<RowFailed>().Select(failed => failed.Key).ShouldBe(["3", "11"]);
    }

    [Fact]
    public async Task Too_many_refused_rows_stop_the_run()
    {
        var run = new ListRun(Texts(20)) { Refuses = row => row is 3 or 11 };

        var fault = await Should.ThrowAsync<IngestException>(() => RunAsync(run, new LetterEncoder(), new() { BatchSize = 5, MaxFailures = 1 }));

        fault.Error.ShouldBe(IngestError.Data);
    }

    [Fact]
    public async Task Too_many_bad_vectors_stop_the_run()
    {
        var run = new ListRun([.. Enumerable.Range(0, 100).Select(i => $"nan {i}")]);

        var fault = await Should.ThrowAsync<IngestException>(() => RunAsync(run, new LetterEncoder(), new()));

        fault.Error.ShouldBe(IngestError.Data);
        run.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_limit_stops_after_exactly_that_many_rows()
    {
        var run = new ListRun(Texts(1_000));

        var summary = await RunAsync(run, new LetterEncoder(), new() { Workers = 3, BatchSize = 10, Limit = 137 });

        run.Writes.Sum().ShouldBe(137);
        summary.LimitReached.ShouldBeTrue();
        _observer.Total.ShouldBe(137);
    }

    [Fact]
    public async Task A_stop_keeps_what_is_encoded_and_completes_no_window_that_is_not()
    {
        using var stopping = new CancellationTokenSource();
        var encoder = new LetterEncoder();
        encoder = new LetterEncoder { OnText = text => { if (text == "text 650") { stopping.Cancel(); } } };
        var run = new ListRun(Texts(5_000));

        var summary = await RunAsync(run, encoder, new() { BatchSize = 100 }, stopping.Token);

        run.Writes.Take(651).ShouldAllBe(count => count == 1);
        run.Writes.Skip(651).ShouldAllBe(count => count == 0);
        run.CompletedWindows.Count.ShouldBe(1);
        summary.Interrupted.ShouldBeTrue();
        summary.Proof.ShouldBeNull();
    }

    [Fact]
    public async Task No_worker_waits_for_a_total_that_comes_late_and_what_was_done_is_told_then()
    {
        var counted = new TaskCompletionSource<long>();
        var run = new ListRun(Texts(500))
        {
            Count = _ => counted.Task,
            OnWrite = number =>
            {
                if (number == 3)
                {
                    counted.SetResult(700);
                }
            },
        };

        await RunAsync(run, new LetterEncoder(), new() { BatchSize = 100 });

        _observer.Total.ShouldBe(700);
        _observer.BatchesBeforeStart.ShouldBe(0);
        _observer.Batches.Select(batch => batch.Written).ShouldBe([100, 200, 300, 400, 500]);
        _observer.Batches.ShouldAllBe(batch => batch.Total == 700);
    }

    [Fact]
    public async Task A_run_that_ends_before_its_rows_are_counted_had_to_do_what_it_did()
    {
        var run = new ListRun(Texts(250)) { Count = NeverAsync };

        var summary = await RunAsync(run, new LetterEncoder(), new() { BatchSize = 100, Workers = 2 });

        summary.Written.ShouldBe(250);
        _observer.Workers.ShouldBe(2);
        _observer.Total.ShouldBe(250);
        _observer.BatchesBeforeStart.ShouldBe(0);
        _observer.Batches.Sum(batch => batch.Rows).ShouldBe(250);
        _observer.Batches.ShouldAllBe(batch => batch.Total == 250);
    }

    [Fact]
    public async Task Rows_that_cannot_be_counted_end_the_run()
    {
        var run = new ListRun(Texts(250))
        {
            Count = _ => Task.FromException<long>(new IngestException(IngestError.Stopped, "The server went away.")),
        };

        var fault = await Should.ThrowAsync<IngestException>(() => RunAsync(run, new LetterEncoder(), new() { BatchSize = 100 }));

        fault.Message.ShouldBe("The server went away.");
        run.OpenSessions.ShouldBe(0);
    }

    [Fact]
    public async Task Fewer_connections_than_workers_means_fewer_workers_and_a_notice()
    {
        var run = new ListRun(Texts(500)) { MaxSessions = 3 };

        await RunAsync(run, new LetterEncoder(), new() { Workers = 8, BatchSize = 10 });

        _observer.Workers.ShouldBe(3);
        _observer.Events.OfType<WorkersReduced>().ShouldHaveSingleItem().ShouldBe(new WorkersReduced(3, 8));
        run.Writes.ShouldAllBe(count => count == 1);
    }

    [Fact]
    public async Task No_connection_at_all_ends_the_run()
    {
        var run = new ListRun(Texts(5)) { MaxSessions = 0 };

        await Should.ThrowAsync<TooManyConnectionsException>(() => RunAsync(run, new LetterEncoder(), new()));
    }

    [Fact]
    public async Task A_lost_claim_drops_its_window_and_the_worker_goes_on()
    {
        var run = new ListRun(Texts(1_500))
        {
            OnWrite = number => { if (number == 1) { throw new ClaimLostException("The claim was lost."); } },
        };

        var summary = await RunAsync(run, new LetterEncoder(), new() { BatchSize = 500 });

        run.Writes.Take(500).ShouldAllBe(count => count == 0);
        run.Writes.Skip(500).ShouldAllBe(count => count == 1);
        summary.Written.ShouldBe(1_000);
        _observer.Events.OfType<LeaseLost>().ShouldHaveSingleItem().Worker.ShouldBe(0);
    }

    [Fact]
    public async Task A_fault_of_one_worker_stops_the_others_and_is_what_the_caller_sees()
    {
        var run = new ListRun(Texts(100_000))
        {
            OnWrite = number => { if (number == 3) { throw new IngestException(IngestError.Configuration, "column dropped"); } },
        };

        var fault = await Should.ThrowAsync<IngestException>(() => RunAsync(run, new LetterEncoder(), new() { Workers = 4 }));

        fault.Message.ShouldBe("column dropped");
        run.OpenSessions.ShouldBe(0);
        run.Writes.Sum().ShouldBeLessThan(50_000);
    }

    [Fact]
    public async Task Metrics_alone_need_no_encoder()
    {
        var run = new ListRun("one two", "three");

        await RunAsync(run, encoder: null, new());

        var averages = _observer.Batches.ShouldHaveSingleItem().Averages.ShouldNotBeNull();
        averages.WordCount.ShouldBe(1.5);
        averages.Length.ShouldBe(6);
        averages.WordRatio.ShouldBeNull();
    }

    [Fact]
    public void A_window_holds_whole_batches_up_to_512_rows()
    {
        new IngestOptions { BatchSize = 100 }.WindowRows.ShouldBe(500);
        new IngestOptions { BatchSize = 512 }.WindowRows.ShouldBe(512);
        new IngestOptions { BatchSize = 2_000 }.WindowRows.ShouldBe(2_000);
        new IngestOptions { BatchSize = 100, Workers = 4 }.WindowRowsFor(440, encodes: true).ShouldBe(100);
        new IngestOptions { BatchSize = 100 }.WindowRowsFor(50_000, encodes: false).ShouldBe(16_300);
    }

    private static async Task<long> NeverAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return 0;
    }

    private static string[] Texts(int count) => [.. Enumerable.Range(0, count).Select(i => $"text {i}")];

    private Task<IngestSummary> RunAsync(
        ListRun run, IEncoder? encoder, IngestOptions options, CancellationToken stopping = default) =>
        new IngestPipeline(run, encoder, new TextMeter(), options, _observer).RunAsync(stopping);
}
