using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Output;

public class ProgressLineTests
{
    [Fact]
    public void The_configuration_has_its_form() =>
        ProgressLine.Configuration(4, 100, "sentences").ShouldBe("Configuration: workers=4, batch_size=100, table=sentences");

    [Fact]
    public void A_batch_has_its_form() =>
        ProgressLine.Batch(new BatchWritten(0, 100, 100, 5000, new MetricAverages(0.8561, 12.44, 89.24, 1.234, null)))
            .ShouldBe("Processed batch: 100 Progress: 100 / 5000 | avg_ratio=0.856 avg_wc=12.4 avg_len=89.2 avg_ec=1.23");

    [Fact]
    public void The_frequency_follows_when_it_was_computed() =>
        ProgressLine.Batch(new BatchWritten(0, 1, 2, 3, new MetricAverages(1, 1, 1000, 0, 1.016)))
            .ShouldBe("Processed batch: 1 Progress: 2 / 3 | avg_ratio=1.000 avg_wc=1.0 avg_len=1000.0 avg_ec=0.00 avg_fq=1.02");

    [Fact]
    public void What_is_not_known_is_never_a_made_up_number()
    {
        ProgressLine.Batch(new BatchWritten(0, 1, 2, 3, new MetricAverages(null, 1, 2, null, null)))
            .ShouldBe("Processed batch: 1 Progress: 2 / 3 | avg_ratio=n/a avg_wc=1.0 avg_len=2.0 avg_ec=n/a");
        ProgressLine.Batch(new BatchWritten(0, 0, 2, 3, null))
            .ShouldBe("Processed batch: 0 Progress: 2 / 3 | avg_ratio=n/a avg_wc=n/a avg_len=n/a avg_ec=n/a");
    }

    [Fact]
    public void The_last_line_says_whether_the_end_was_reached()
    {
        ProgressLine.Finished("sentences", 5000).ShouldBe("No more rows to process for sentences. Total processed=5000");
        ProgressLine.Stopped("sentences", 12, "Stopped early")
            .ShouldBe("Stopped early for sentences. Total processed=12. The same command does the rest.");
    }

    [Fact]
    public void Lines_go_to_the_output_and_notices_to_the_error()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var messages = new Messages(output, error);
        var progress = new EventChannel(new PlainProgress(messages, showsBatches: true), new EventMessages(messages));

        progress.Observe(new RunStarted(2, 10));
        progress.Observe(new BatchWritten(0, 1, 1, 10, null));
        progress.Observe(new RowsHidden("notes"));

        output.ToString().ShouldStartWith("Using parallel processing with 2 workers\nProcessed batch: 1 ");
        error.ToString().ShouldBe("note: Row-level security hides rows of notes from this role; hidden rows are not done.\n");
    }

    [Fact]
    public void One_worker_is_not_called_parallel_and_no_progress_is_silent()
    {
        using var output = new StringWriter();
        new PlainProgress(new Messages(output, output), showsBatches: true).Observe(new RunStarted(1, 10));
        var silent = new PlainProgress(new Messages(output, output), showsBatches: false);
        silent.Observe(new RunStarted(2, 10));
        silent.Observe(new BatchWritten(0, 1, 1, 10, null));

        output.ToString().ShouldBeEmpty();
    }
}
