using IngestEmbeddings.Cli.Live;
using IngestEmbeddings.Cli.Shown;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Live;

public class LiveLinesTests
{
    private static readonly LiveState State = new(
        "sentences",
        new RunFigures { Workers = 3, Total = 5000, Written = 2155, Failed = 5, Averages = new MetricAverages(0.856, 12.4, 89.2, 1.23, null), Elapsed = TimeSpan.FromSeconds(62) },
        406.4,
        5210,
        TimeSpan.FromSeconds(200),
        [new(0, "encoding", "1 – 500", 700), new(1, "writing", "501 – 1000", 655), new(2, "reading", "", 800)]);

    [Fact]
    public void A_wide_terminal_gets_everything() => LiveLines.Of(State, 80, 24).ShouldBe(
    [
        "sentences  ━━━━━━━━━━━━━━━━━━━━────────────────────────────  43.2 %  2155 / 5000",
        "406.4 rows/s  5210 tokens/s  3 min 20 s left  since 1 min 2 s",
        "worker 0  encoding  700 rows        1 – 500",
        "worker 1  writing   655 rows        501 – 1000",
        "worker 2  reading   800 rows        ",
        "ratio 0.856  words 12.4  length 89.2  entities 1.23",
        "failed 5  connections 3  retries 0  leases lost 0",
    ]);

    [Fact]
    public void A_narrow_terminal_gets_less() => LiveLines.Of(State, 40, 10).ShouldBe(
        ["43.2 % 2155/5000", "406.4 rows/s  3 min 20 s left", "0 encoding 1 – 500", "1 writing 501 – 1000", "2 reading ", "failed 5"]);

    [Fact]
    public void A_low_terminal_shows_as_many_workers_as_fit() =>
        LiveLines.Of(State, 80, 7).ShouldContain("… and 2 more workers");

    [Fact]
    public void No_line_is_ever_wider_and_no_view_higher_than_the_terminal()
    {
        var wide = State with { Table = new string('文', 50), Workers = [new(0, "encoding", new string('k', 300), 1)] };
        for (var columns = 1; columns < 130; columns++)
        {
            for (var rows = 1; rows < 20; rows++)
            {
                var lines = LiveLines.Of(wide, columns, rows);
                lines.ShouldAllBe(line => TerminalColumns.Of(line) <= columns);
                lines.Count.ShouldBeInRange(1, Math.Max(1, rows - 1));
            }
        }
    }
}
