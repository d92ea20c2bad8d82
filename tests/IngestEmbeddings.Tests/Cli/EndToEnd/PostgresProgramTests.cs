using System.Globalization;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.EndToEnd;

/// <summary>The real program as a process, on PostgreSQL.</summary>
public sealed class PostgresProgramTests : IAsyncLifetime
{
    private const int Rows = 4000;
    private const string Canary = "hush-canary";

    private static readonly string[] Hashing = ["--model", "builtin:hashing"];

    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-e2e-").FullName;
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_schema_that_is_in_use_works_as_it_is()
    {
        await _database.ExecuteAsync(
            """
            CREATE SCHEMA laana;
            CREATE TABLE laana.sentences(sentenceid bigint PRIMARY KEY, hawaiiantext text, embedding vector(384), note text);
            CREATE TABLE laana.sentence_metrics(
                sentenceid bigint PRIMARY KEY, hawaiian_word_ratio real, word_count int, length int, entity_count int,
                frequency int, updated_at timestamptz);
            INSERT INTO laana.sentences(sentenceid, hawaiiantext)
            SELECT i, CASE WHEN i % 100 = 0 THEN ' ' ELSE 'Ua hele ʻo Kalani i Hilo ' || i END FROM generate_series(1, 1000) AS i
            """);

        var run = await RunAsync(["sentences", "100", "--workers", "4", .. Hashing]);
        var complete = await CountCompleteAsync();
        await _database.ExecuteAsync("DELETE FROM laana.sentence_metrics");
        var metrics = await RunAsync(["--metrics-only", "--workers", "6"]);
        var rerun = await RunAsync(["sentences", .. Hashing]);

        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldEndWith("No more rows to process for sentences. Total processed=990");
        complete.ShouldBe(990);
        metrics.ExitCode.ShouldBe(0, metrics.Errors);
        metrics.Output.ShouldEndWith("Total processed=990");
        (await CountCompleteAsync()).ShouldBe(990);
        rerun.Output.ShouldEndWith("Total processed=0");

        async Task<long> CountCompleteAsync() => await _database.ScalarAsync<long>(
            """
            SELECT count(*) FROM laana.sentences AS s JOIN laana.sentence_metrics AS m USING (sentenceid)
            WHERE abs(vector_norm(s.embedding) - 1) < 1e-3 AND m.length = length(s.hawaiiantext) AND m.word_count = 7
            """);
    }

    [Fact]
    public async Task Init_load_and_an_interrupted_run_leave_nothing_undone_after_a_rerun()
    {
        await File.WriteAllLinesAsync(Path.Combine(_folder, "in.txt"), Enumerable.Range(0, Rows).Select(i => $"Sentence {i}."));
        (await RunAsync(["init"])).ExitCode.ShouldBe(0);
        (await RunAsync(["load", "sentences", "in.txt"])).Output.ShouldBe($"Loaded {Rows} rows into sentences.");

        await using var tool = ToolProcess.Start(
            ["sentences", "10", "--sleep", "0.1", .. Hashing], Environment(), ["env", "--default-signal=INT"], folder: _folder);
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        tool.Send(UnixSignal.Interrupt);
        var stopped = await tool.WaitAsync();
        var first = await _database.ScalarAsync<long>("SELECT count(embedding) FROM sentences");
        var rerun = await RunAsync(["sentences", "--workers", "2", .. Hashing]);

        stopped.ExitCode.ShouldBe(130, stopped.Errors);
        stopped.Output.ShouldEndWith($"Stopped early for sentences. Total processed={first}. The same command does the rest.");
        first.ShouldBeInRange(1, Rows - 1);
        rerun.Output.ShouldEndWith($"No more rows to process for sentences. Total processed={Rows - first}");
        (await _database.ScalarAsync<long>(
            "SELECT count(*) FROM sentences JOIN sentence_metrics AS m ON m.sentenceid = id WHERE embedding IS NOT NULL"))
            .ShouldBe(Rows);
    }

    [Fact]
    public async Task A_dry_run_writes_nothing()
    {
        await RunAsync(["init"]);
        await _database.ExecuteAsync("INSERT INTO sentences(id, text) VALUES (1, 'a')");

        var result = await RunAsync(["--dry-run", .. Hashing]);

        result.ExitCode.ShouldBe(0, result.Errors);
        result.Output.ShouldContain("  pending:     1 row\n");
        (await _database.ScalarAsync<long>("SELECT count(embedding) FROM sentences")).ShouldBe(0);
    }

    [Fact]
    public async Task Bench_with_write_drops_its_copies_also_when_stopped_and_those_of_one_that_was_killed()
    {
        await RunAsync(["init"]);
        await _database.ExecuteAsync("INSERT INTO sentences(id, text) SELECT i, 'Sentence ' || i FROM generate_series(1, 300) AS i");
        string[] bench = ["bench", "--write", "--seconds", "60", .. Hashing];
        await using (var killed = StartInterruptible(bench))
        {
            await UntilCopiedAsync(killed, []);
            killed.Kill();
            await killed.WaitAsync();
        }

        var left = await CopiesAsync();
        left.ShouldNotBeEmpty();
        await using var stopped = StartInterruptible(bench);
        await UntilCopiedAsync(stopped, left);
        stopped.Send(UnixSignal.Interrupt);
        stopped.Send(UnixSignal.Continue);
        (await stopped.WaitAsync()).ExitCode.ShouldBe(130);

        (await CopiesAsync()).ShouldBeEmpty();
        var report = await RunAsync(["bench", "--write", "--seconds", "0.05", .. Hashing]);
        report.ExitCode.ShouldBe(0, report.Errors);
        report.Output.ShouldStartWith("builtin:hashing, 300 rows of sentences, ");
        report.Output.ShouldContain("written into a copy, which is dropped.");
        report.Output.ShouldContain("\nUse: ingest-embeddings run sentences ");
        (await CopiesAsync()).ShouldBeEmpty();
        (await _database.ScalarAsync<long>("SELECT count(embedding) FROM sentences")).ShouldBe(0);
    }

    [Fact]
    public async Task Bench_with_write_and_nothing_to_write_says_so()
    {
        await RunAsync(["init"]);
        await _database.ExecuteAsync("INSERT INTO sentences(id, text) VALUES (1, 'a')");

        var result = await RunAsync(["bench", "--write", "--metrics-only"]);

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldContain("Table sentences has no row with a text and an embedding to try.");
    }

    [Theory]
    [InlineData("nope", "nope")]
    [InlineData("sentences --model builtin:hashing --text-column nope", "nope")]
    [InlineData("sentences --model /nowhere/at/all", "/nowhere/at/all")]
    public async Task What_is_missing_is_named_and_ends_with_5(string line, string named)
    {
        await RunAsync(["init"]);

        var result = await RunAsync(line.Split(' '));

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldStartWith("error: ");
        result.Errors.ShouldContain(named);
        (result.Output + result.Errors).ShouldNotContain(Canary);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_named_without_the_password()
    {
        var unreachable = Environment();
        unreachable["PG_PORT"] = "1";

        var result = await RunAsync(["sentences", .. Hashing], unreachable);
        var url = await RunAsync(["sentences", "--store", $"postgresql://me:{Canary}@127.0.0.1:1/x", .. Hashing]);

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldContain("no server answers");
        url.ExitCode.ShouldBe(5);
        url.Errors.ShouldStartWith("warning: The password in --store is visible in the process list");
        (result.Output + result.Errors + url.Output + url.Errors).ShouldNotContain(Canary);
    }

    private ToolProcess StartInterruptible(string[] arguments) =>
        ToolProcess.Start(arguments, Environment(), ["env", "--default-signal=INT"], folder: _folder);

    private Task<List<string>> CopiesAsync() => _database.ListAsync<string>(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'ingest_embeddings' AND tablename LIKE 'scratch%'");

    // Copies come and go within milliseconds: the program is stopped, and what the server still does for it ends, before one is looked for.
    // It stays stopped.
    private async Task UntilCopiedAsync(ToolProcess tool, List<string> left)
    {
        while (true)
        {
            tool.HasExited.ShouldBeFalse(tool.Errors);
            tool.Send(UnixSignal.Stop);
            await Task.Delay(100, TestContext.Current.CancellationToken);
            if ((await CopiesAsync()).Except(left).Any())
            {
                return;
            }

            tool.Send(UnixSignal.Continue);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private Task<ToolResult> RunAsync(string[] arguments, Dictionary<string, string>? environment = null) =>
        ToolProcess.RunAsync(arguments, environment ?? Environment(), folder: _folder);

    private Dictionary<string, string> Environment()
    {
        var settings = _database.Settings;
        var variables = new Dictionary<string, string>
        {
            ["PG_HOST"] = settings.Host!,
            ["PGPORT"] = settings.Port.ToString(CultureInfo.InvariantCulture),
            ["PG_DATABASE"] = settings.Database!,
            ["PGUSER"] = settings.Username!,
            // A server that trusts its clients takes any.
            ["PG_PASSWORD"] = string.IsNullOrEmpty(settings.Password) ? Canary : settings.Password,
        };
        return variables;
    }
}
