using System.Globalization;
using System.Text.RegularExpressions;
using IngestEmbeddings.Tests.Cli.Commands;
using IngestEmbeddings.Tests.Support;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.EndToEnd;

/// <summary>The real program as a process, on the embedded store.</summary>
public sealed partial class SqliteProgramTests : IDisposable
{
    // More rows than two workers hold in memory, and a pause after each small batch: on any machine, a run is stopped in
    // the middle.
    private const int Rows = 6000;

    private static readonly string[] Slow = ["sentences", "10", "--workers", "2", "--sleep", "0.1"];

    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-e2e-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_sample_is_embedded_and_measured_and_a_rerun_has_nothing_to_do()
    {
        var first = await RunAsync("sentences", "100", "--workers", "4");
        var second = await RunAsync("sentences", "100", "--workers", "4");

        first.ExitCode.ShouldBe(0);
        var lines = first.Output.Split('\n');
        lines[0].ShouldBe("Configuration: workers=4, batch_size=100, table=sentences");
        lines[1].ShouldBe("Using parallel processing with 4 workers");
        lines[2..^1].ShouldAllBe(line => BatchLine().IsMatch(line));
        lines[2..^1].Sum(line => int.Parse(BatchLine().Match(line).Groups["rows"].Value, CultureInfo.InvariantCulture))
            .ShouldBe(SampleStoreTests.SampleRows);
        lines[^1].ShouldBe($"No more rows to process for sentences. Total processed={SampleStoreTests.SampleRows}");
        second.ExitCode.ShouldBe(0);
        second.Output.ShouldEndWith("No more rows to process for sentences. Total processed=0");
        ShouldBeComplete("ingest.db", SampleStoreTests.SampleRows);
    }

    [Fact]
    public async Task Bench_advises_workers_and_writes_nothing()
    {
        await RunAsync("sentences", "100", "--limit", "10");
        var before = File.ReadAllBytes(Path.Combine(_folder, "ingest.db"));

        var result = await RunAsync("bench", "sentences", "--rows", "50", "--seconds", "0.05", "--json");

        result.ExitCode.ShouldBe(0);
        var report = JsonSchemas.Read("bench", result.Output);
        report.GetProperty("rows").GetInt32().ShouldBe(50);
        report.GetProperty("results").EnumerateArray()
            .ShouldAllBe(one => one.GetProperty("rows_per_second").GetDouble() > 0);
        report.GetProperty("advised").GetProperty("workers").GetInt32().ShouldBeGreaterThan(0);
        File.ReadAllBytes(Path.Combine(_folder, "ingest.db")).ShouldBe(before);
    }

    [Fact]
    public async Task Bench_with_write_leaves_the_store_as_it_was()
    {
        await RunAsync("sentences", "100", "--limit", "10");
        var before = File.ReadAllBytes(Path.Combine(_folder, "ingest.db"));

        var result = await RunAsync("bench", "sentences", "--write", "--rows", "50", "--seconds", "0.05", "--json");

        result.ExitCode.ShouldBe(0, result.Errors);
        var report = JsonSchemas.Read("bench", result.Output);
        report.GetProperty("rows").GetInt32().ShouldBe(50);
        report.GetProperty("written").GetBoolean().ShouldBeTrue();
        report.GetProperty("results").EnumerateArray()
            .ShouldAllBe(one => one.GetProperty("rows_per_second").GetDouble() > 0);
        File.ReadAllBytes(Path.Combine(_folder, "ingest.db")).ShouldBe(before);
        Copies().ShouldBeEmpty();
    }

    [Fact]
    public async Task Bench_that_is_killed_leaves_a_copy_that_the_next_one_removes_and_bench_that_is_stopped_leaves_none()
    {
        await RunAsync("sentences", "100", "--limit", "10");
        string[] bench = ["bench", "--write", "--rows", "50"];
        await using (var killed = Start([.. bench, "--seconds", "60"]))
        {
            await UntilCopiedAsync(killed);
            killed.Kill();
            await killed.WaitAsync();
        }

        Copies().ShouldNotBeEmpty();
        (await RunAsync([.. bench, "--seconds", "0.05"])).ExitCode.ShouldBe(0);
        Copies().ShouldBeEmpty();

        await using var stopped = Start([.. bench, "--seconds", "60"]);
        await UntilCopiedAsync(stopped);
        stopped.Send(UnixSignal.Interrupt);
        (await stopped.WaitAsync()).ExitCode.ShouldBe(130);
        Copies().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lexicon_and_another_store_give_a_ratio_between_0_and_1()
    {
        var result = await RunAsync(
            "sentences", "100", "--workers", "4", "--lexicon", Repository.PathOf("samples", "lexicon-haw.txt"),
            "--language", "haw", "--store", "sqlite:other.db");

        result.ExitCode.ShouldBe(0);
        var ratios = BatchLine().Matches(result.Output).Select(match => double.Parse(match.Groups["ratio"].Value, CultureInfo.InvariantCulture));
        ratios.ShouldNotBeEmpty();
        ratios.ShouldAllBe(ratio => ratio > 0 && ratio < 1);
        ShouldBeComplete("other.db", SampleStoreTests.SampleRows);
    }

    [Theory]
    [InlineData(UnixSignal.Interrupt, 130)]
    [InlineData(UnixSignal.Terminate, 4)]
    public async Task Asked_to_stop_it_keeps_what_is_in_flight_and_a_rerun_does_the_rest_and_no_more(UnixSignal signal, int code)
    {
        await LoadAsync();
        await using var tool = Start(Slow);
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        tool.Send(signal);
        var stopped = await tool.WaitAsync();
        var first = Total(stopped.Output);
        var written = CountEmbedded("ingest.db");

        var rerun = await RunAsync("sentences");

        stopped.ExitCode.ShouldBe(code);
        stopped.Output.ShouldEndWith($"Stopped early for sentences. Total processed={first}. The same command does the rest.");
        stopped.Errors.ShouldContain("note: Stopping: the batches in flight are finished and kept.");
        first.ShouldBe(written);
        first.ShouldBeInRange(1, Rows - 1);
        rerun.ExitCode.ShouldBe(0);
        (first + Total(rerun.Output)).ShouldBe(Rows);
        ShouldBeComplete("ingest.db", Rows);
    }

    [Fact]
    public async Task Asked_twice_it_ends_at_once()
    {
        await LoadAsync();
        await using var tool = Start(Slow);
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        tool.Send(UnixSignal.Interrupt);
        tool.Send(UnixSignal.Interrupt);

        (await tool.WaitAsync(TimeSpan.FromSeconds(30))).ExitCode.ShouldBe(130);
    }

    [Fact]
    public async Task Killed_in_the_middle_it_loses_nothing_and_a_rerun_does_the_rest()
    {
        await LoadAsync();
        await using (var tool = Start(Slow))
        {
            await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
            tool.Kill();
            await tool.WaitAsync();
        }

        var written = CountEmbedded("ingest.db");
        var rerun = await RunAsync("sentences");

        written.ShouldBeInRange(1, Rows - 1);
        rerun.ExitCode.ShouldBe(0);
        (written + Total(rerun.Output)).ShouldBe(Rows);
        ShouldBeComplete("ingest.db", Rows);
    }

    [Fact]
    public async Task A_second_process_on_the_same_file_gets_a_clear_message()
    {
        await LoadAsync();
        await using var tool = Start(Slow);
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));

        var second = await RunAsync("sentences");

        second.ExitCode.ShouldBe(5);
        second.Errors.ShouldContain("error: Another process is using ");
    }

    private string[] Copies() => Directory.GetFiles(_folder, "*.bench*");

    private async Task UntilCopiedAsync(ToolProcess tool)
    {
        while (Copies().Length == 0)
        {
            tool.HasExited.ShouldBeFalse(tool.Errors);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    // A shell that starts the tests in the background lets its children ignore SIGINT; env undoes that.
    private ToolProcess Start(string[] arguments) =>
        ToolProcess.Start(arguments, wrapper: ["env", "--default-signal=INT"], folder: _folder);

    private Task<ToolResult> RunAsync(params string[] arguments) => ToolProcess.RunAsync(arguments, folder: _folder);

    private static int Total(string output) =>
        int.Parse(TotalPart().Match(output).Groups["total"].Value, CultureInfo.InvariantCulture);

    private int CountEmbedded(string file) => Count(file, "SELECT count(*) FROM sentences WHERE embedding IS NOT NULL");

    private async Task LoadAsync()
    {
        await File.WriteAllLinesAsync(Path.Combine(_folder, "in.txt"), Enumerable.Range(0, Rows).Select(i => $"Sentence {i}."));
        (await RunAsync("load", "sentences", "in.txt")).ExitCode.ShouldBe(0);
    }

    private void ShouldBeComplete(string file, int rows)
    {
        CountEmbedded(file).ShouldBe(rows);
        Count(file, "SELECT count(*) FROM sentence_metrics").ShouldBe(rows);
        Count(file, "SELECT count(*) FROM sentences WHERE embedding IS NOT NULL AND length(embedding) <> 384 * 4").ShouldBe(0);
    }

    private int Count(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, file)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^Processed batch: (?<rows>\d+) Progress: \d+ / \d+ \| avg_ratio=(?<ratio>\d\.\d{3}) avg_wc=\d+\.\d avg_len=\d+\.\d avg_ec=\d+\.\d\d$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex BatchLine();

    [GeneratedRegex(@"Total processed=(?<total>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TotalPart();
}
