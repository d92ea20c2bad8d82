using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.EndToEnd;

/// <summary>The real program over tables that have embeddings alone.</summary>
public sealed class EmbeddingsAloneProgramTests : IDisposable
{
    private const int Rows = 300;

    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-e2e-").FullName;

    public EmbeddingsAloneProgramTests() => File.WriteAllLines(
        Path.Combine(_folder, "texts.tsv"), Enumerable.Range(1, Rows).Select(static i => $"{i}\tText number {i}").Prepend("id\ttext"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task No_command_needs_a_metrics_table_embedded_store() => ShouldNeedNoMetricsTableAsync("sqlite:ingest.db");

    [Fact]
    public async Task No_command_needs_a_metrics_table_PostgreSQL()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await ShouldNeedNoMetricsTableAsync(
            $"postgresql://{database.Settings.Username}@{database.Settings.Host}:{database.Settings.Port}/{database.Settings.Database}");
        (await database.ScalarAsync<long>("SELECT count(*) FROM pg_tables WHERE tablename = 'notes_metrics'")).ShouldBe(0);
    }

    private async Task ShouldNeedNoMetricsTableAsync(string store)
    {
        string[] none = ["--metrics", "none", "--store", store];
        string[] hashing = ["--model", "builtin:hashing"];
        const string Unnoticed = "Changed texts of";
        const string Remedy = "init notes --metrics all --store";
        (await RunAsync(["init", "notes", .. none])).Output.ShouldNotContain("metrics");
        await RunAsync(["load", "notes", "texts.tsv", .. none[2..]]);
        (await RunAsync(["plan", "notes", .. hashing, .. none])).Output.ShouldContain("300 rows");

        var run = await RunAsync(["run", "notes", "100", "--workers", "2", .. hashing, .. none]);

        run.Output.ShouldEndWith($"Total processed={Rows}");
        run.Errors.ShouldContain(Unnoticed);
        run.Errors.ShouldContain(Remedy);
        run.Errors.ShouldNotContain("requency");
        var status = await RunAsync(["status", "notes", .. none]);
        (status.Output + status.Errors).ShouldContain(Remedy);
        await RunAsync(["verify", "notes", .. hashing, .. none]);
        (await RunAsync(["search", "notes", "number 7", .. hashing, .. none])).Output.ShouldContain("Text number 7");
        (await StartAsync(["run", "notes", "--metrics-only", .. none])).Errors.ShouldContain("--metrics none keeps none");
        (await StartAsync(["status", "notes", "--store", store])).Errors.ShouldContain("--metrics none");
    }

    private async Task<ToolResult> RunAsync(string[] arguments)
    {
        var result = await StartAsync(arguments);
        result.ExitCode.ShouldBe(0, $"{string.Join(' ', arguments)}: {result.Errors}");
        return result;
    }

    private async Task<ToolResult> StartAsync(string[] arguments)
    {
        await using var tool = ToolProcess.Start(arguments, folder: _folder);
        return await tool.WaitAsync();
    }
}
