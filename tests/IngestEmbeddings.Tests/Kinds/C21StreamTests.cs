using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>Streams that are closed or full, too few files: a clear end with the right exit code, never an abort.</summary>
public sealed class C21StreamTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-c21-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("\"$@\" 2>/dev/full", 2)]
    [InlineData("\"$@\" 2>&-", 2)]
    [InlineData("\"$@\" >&- 2>&- <&-", 2)]
    [InlineData("\"$@\" >/dev/full 2>/dev/full", 2)]
    public async Task An_error_that_cannot_be_said_has_its_exit_code(string script, int code) =>
        (await RunAsync(script, "run", "--nonsense")).ExitCode.ShouldBe(code);

    [Theory]
    [InlineData("\"$@\" 2>/dev/full", 0)]
    [InlineData("\"$@\" 2>&-", 0)]
    [InlineData("\"$@\" >&-", 0)]
    [InlineData("\"$@\" >&- 2>&- <&-", 0)]
    [InlineData("\"$@\" >/dev/full", 4)]
    [InlineData("\"$@\" | head -1; exit ${PIPESTATUS[0]}", 0)]
    public async Task A_run_goes_on_without_a_listener(string script, int code)
    {
        (await RunAsync(script, "run", "sentences")).ExitCode.ShouldBe(code);

        var rest = await ToolProcess.RunAsync(["status"], folder: _folder);
        rest.Output.ShouldContain("0 rows pending");
    }

    [Fact]
    public async Task A_result_that_is_lost_is_not_called_done()
    {
        await RunAsync("\"$@\"", "run", "sentences");

        var result = await RunAsync("\"$@\" >/dev/full", "status");

        result.ExitCode.ShouldBe(4);
        result.Errors.ShouldContain("could not be written");
    }

    [Theory]
    [InlineData(24)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(100)]
    public async Task Too_few_files_are_said_at_the_start(int files)
    {
        var result = await RunAsync($"ulimit -n {files}; \"$@\"", "run", "--workers", "4");

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain("ulimit -n");
        Directory.GetFiles(_folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_hangup_gives_the_leases_back()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await database.ExecuteAsync(
            """
            CREATE TABLE sentences(id bigint PRIMARY KEY, text text, embedding vector(384));
            CREATE TABLE sentence_metrics(sentenceid bigint PRIMARY KEY, word_ratio real, word_count int, length int, entity_count int, frequency int, updated_at timestamptz);
            INSERT INTO sentences(id, text) SELECT i, 'Ua hele ʻo Kalani i Hilo ' || i FROM generate_series(1, 3000) AS i;
            """);
        await using var tool = ToolProcess.Start(
            ["run", "sentences", "50", "--model", "builtin:hashing", "--sleep", "1", "--store",
                $"postgresql://{database.Settings.Username}@127.0.0.1:{database.Settings.Port}/{database.Settings.Database}"]);
        await tool.WaitForLineAsync(static line => line.StartsWith("Processed batch", StringComparison.Ordinal));

        tool.Send(UnixSignal.Hangup);

        var result = await tool.WaitAsync(TimeSpan.FromSeconds(20));
        result.ExitCode.ShouldBe(4, result.Errors);
        (await database.ScalarAsync<long>("SELECT count(*) FROM ingest_embeddings.key_range WHERE state = 1 AND lease_until > now()")).ShouldBe(0);
    }

    [Fact]
    public async Task A_hangup_that_is_ignored_stays_ignored()
    {
        await using var tool = ToolProcess.Start(
            ["run", "sentences", "100", "--sleep", "0.3"], wrapper: Shell.Wrap("trap '' HUP; exec \"$@\""), folder: _folder);
        await tool.WaitForLineAsync(static line => line.StartsWith("Processed batch", StringComparison.Ordinal));

        tool.Send(UnixSignal.Hangup);

        (await tool.WaitAsync()).ExitCode.ShouldBe(0);
    }

    private async Task<ToolResult> RunAsync(string script, params string[] line)
    {
        await using var tool = ToolProcess.Start(line, wrapper: Shell.Wrap(script), folder: _folder);
        return await tool.WaitAsync();
    }
}
