using System.Globalization;
using System.Text.RegularExpressions;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Benchmarks;

/// <summary>Every benchmark in a form of a few seconds: it shows that the benchmark works, and measures nothing.</summary>
public sealed partial class BenchmarkTests : IDisposable
{
    // What is measured misses its target on few rows, or on a machine that does something else: 6. Anything else is a fault.
    private static readonly int[] Measured = [0, 6];

    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-bench-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Micro_benchmarks()
    {
        var result = await RunAsync("--filter", "*", "--job", "Dry", "--inProcess", "--artifacts", _folder, "--stopOnFirstError");

        result.ExitCode.ShouldBe(0, result.Output + result.Errors);
        // Three of them, each with four kinds of text; one with five tokenizers; and one of telemetry.
        int.Parse(Executed().Match(result.Output).Groups["count"].Value, CultureInfo.InvariantCulture).ShouldBe(4 + 4 + 20 + 1);
    }

    [Fact]
    public async Task The_search_benchmark()
    {
        var result = await RunAsync("search", "3000", "1");

        result.ExitCode.ShouldBe(0, result.Output + result.Errors);
        result.Output.ShouldContain("of the bare loop");
    }

    [Fact]
    public async Task The_database_benchmark()
    {
        await using var cluster = await PrivateCluster.StartAsync();
        WriteTexts(300);

        var result = await RunAsync(
            "database", "--server", cluster.ConnectionString, "--corpus", TextFile, "--rows", "300", "--rounds", "1");

        result.ExitCode.ShouldBe(0, result.Output + result.Errors);
        foreach (var target in new[]
        {
            "metrics only ÷ server's INSERT", "time with frequency ÷ without", "metrics only ÷ row at a time", "column mode ÷ server's UPDATE",
            "side table ÷ column mode", "rebuild ÷ through the index", "peak memory, builtin:hashing, 600 rows",
        })
        {
            result.Output.ShouldContain($"| {target} | ");
        }
    }

    [Fact]
    public async Task The_table_of_ratios_without_the_peer_and_the_watch_over_memory()
    {
        _ = PostgresDatabase.Require();
        WriteTexts(400);
        var model = Path.Combine(_folder, "model");
        var tokenizer = Repository.PathOf("tests", "IngestEmbeddings.Tests", "Golden", "tokenizers", "wordpiece");
        (await RunAsync("model", model, tokenizer, "tiny", "Mean")).ExitCode.ShouldBe(0);
        (await ToolProcess.RunAsync(["model", "quantize", model, "--texts", TextFile, "--force"])).ExitCode.ShouldBe(0);

        var ratios = await RunAsync("ratios", model, TextFile);
        var memory = await RunAsync("memory", model, TextFile, "400");

        Measured.ShouldContain(ratios.ExitCode, ratios.Output + ratios.Errors);
        ratios.Output.ShouldContain("| whole run / bare loop | ");
        ratios.Output.ShouldContain("| int8 / fp32 | ");
        Measured.ShouldContain(memory.ExitCode, memory.Output + memory.Errors);
        memory.Output.ShouldContain("second half / first half ");
    }

    private string TextFile => Path.Combine(_folder, "texts.tsv");

    // The program beside this one, of the same configuration: building the solution builds both.
    private static Task<ToolResult> RunAsync(params string[] arguments)
    {
        var assembly = Path.Combine(
            AppContext.BaseDirectory.Replace(
                Repository.PathOf("tests", "IngestEmbeddings.Tests"), Repository.PathOf("bench", "IngestEmbeddings.Benchmarks"), StringComparison.Ordinal),
            "IngestEmbeddings.Benchmarks.dll");
        File.Exists(assembly).ShouldBeTrue($"There is no {assembly}: dotnet build makes it.");
        return WaitAsync(assembly, arguments);
    }

    private static async Task<ToolResult> WaitAsync(string assembly, string[] arguments)
    {
        var server = new Dictionary<string, string>();
        if (PostgresDatabase.Server is { } named)
        {
            server[PostgresDatabase.Variable] = named;
        }

        await using var tool = ToolProcess.Start(arguments, server, assembly: assembly, folder: Repository.Root);
        return await tool.WaitAsync();
    }

    private void WriteTexts(int rows) => File.WriteAllLines(
        TextFile, [.. Enumerable.Range(1, rows).Select(row => $"{row}\tThe wind of day {row} turned {row % 7} times").Prepend("id\ttext")]);

    [GeneratedRegex(@"Global total time: .*, executed benchmarks: (?<count>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Executed();
}
