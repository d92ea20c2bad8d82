using IngestEmbeddings.Tests.Faults.Matrix;
using IngestEmbeddings.Tests.Support;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.EndToEnd;

/// <summary><c>status</c>, over both stores.</summary>
public sealed class StatusTests : IDisposable
{
    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task It_shows_pending_rows_workers_and_failed_rows()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 1500);
        var settings = bench.Settings;
        _program.Environment["EMBED_STORE"] = $"postgresql://{settings.Username}@{settings.Host}:{settings.Port}/{settings.Database}";
        (await StatusAsync()).ShouldBe((4, "public.sentences: 1500 rows pending, 0 failed\n0 of 1500 rows with text done: 0 %."));

        var tool = bench.Start("--sleep 0.2", lease: 60);
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        var (_, during) = await StatusAsync();
        during.ShouldContain("run with builtin:hashing since");
        during.ShouldContain($"/{tool.Id}/0: ");
        during.ShouldContain("vectors by builtin:hashing, 384 dimensions, since ");
        var live = JsonSchemas.Read("status", (await _program.RunAsync("status --json")).Output).GetProperty("runs")[0];
        live.GetProperty("workers")[0].GetProperty("name").GetString().ShouldEndWith($"/{tool.Id}/0");
        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        (await StatusAsync()).Text.ShouldStartWith("public.sentences: 0 rows pending, 0 failed\n1500 of 1500 rows with text done: 100 %.\n");

        await bench.Table.ExecuteAsync("""
            INSERT INTO ingest_embeddings.failed_row (destination, key, stage, reason, run_id)
            SELECT destination, ARRAY['10'], 'encode', 'too long', run_id FROM ingest_embeddings.run
            """);
        var (failed, text) = await StatusAsync();
        failed.ShouldBe(3);
        text.ShouldStartWith("public.sentences: 0 rows pending, 1 failed\n1499 of 1500 rows with text done: 99.9 %.\n");
        text.ShouldEndWith("\nfailed 10: encode: too long");

        await bench.Table.ExecuteAsync("DELETE FROM ingest_embeddings.failed_row; DELETE FROM public.sentences WHERE sentenceid = 20");
        (await StatusAsync()).Text.ShouldEndWith("1 vectors or metrics rows are of rows that are gone or have no text any more. To remove them: ingest-embeddings run sentences --prune");
        (await _program.RunAsync("run sentences --prune")).Output.ShouldContain("Pruned 0 vectors and 1 metrics rows");
        await bench.Table.ExecuteAsync("ALTER TABLE public.sentence_metrics DROP COLUMN text_hash");
        (await StatusAsync()).Text.ShouldEndWith(
            "Changed texts of public.sentences are not noticed: public.sentence_metrics has no column text_hash. To add it: ingest-embeddings init sentences");
    }

    [Fact]
    public async Task It_shows_the_embedded_store_too()
    {
        (await _program.RunAsync("--limit 100")).ExitCode.ShouldBe(0);

        var (code, text) = await StatusAsync();

        code.ShouldBe(4);
        text.ShouldContain("rows pending, 0 failed\n100 of ");
        var document = JsonSchemas.Read("status", (await _program.RunAsync("status --json")).Output);
        document.GetProperty("done").GetInt64().ShouldBe(100);
        document.GetProperty("models")[0].GetProperty("name").GetString().ShouldBe("builtin:hashing");
    }

    [Fact]
    public async Task A_run_of_another_process_over_an_embedded_store_is_seen_while_it_goes_on()
    {
        await using var tool = ToolProcess.Start(
            ["sentences", "10", "--sleep", "0.1", "--model", "builtin:hashing"], new Dictionary<string, string>(), folder: _program.Folder);
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));

        var during = JsonSchemas.Read("status", (await _program.RunAsync("status --json")).Output);
        tool.Send(UnixSignal.Terminate);
        await tool.WaitAsync();

        var run = during.GetProperty("runs")[0];
        run.GetProperty("model").GetString().ShouldBe("builtin:hashing");
        run.GetProperty("workers")[0].GetProperty("name").GetString().ShouldEndWith($"/{tool.Id}");
        JsonSchemas.Read("status", (await _program.RunAsync("status --json")).Output).GetProperty("runs").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_changed_text_is_counted_by_itself()
    {
        await _program.RunAsync("--progress none");
        await using (var connection = new SqliteConnection($"Data Source={_program.PathOf("ingest.db")};Pooling=False"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var change = connection.CreateCommand();
            change.CommandText = "UPDATE sentences SET text = 'another text' WHERE id IN (1, 2)";
            await change.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        (await StatusAsync()).Text.ShouldContain("2 of the pending rows have a changed text.");
    }

    [Fact]
    public async Task A_large_table_is_estimated_from_a_sample_and_counted_with_exact()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await database.ExecuteAsync("""
            CREATE TABLE public.sentences (id bigint PRIMARY KEY, text text, embedding vector(3));
            CREATE TABLE public.sentence_metrics (sentenceid bigint PRIMARY KEY, word_ratio real, word_count int, length int, entity_count int, frequency int, text_hash bigint, updated_at timestamptz);
            INSERT INTO public.sentences SELECT i, CASE WHEN i % 10 > 0 THEN 'text ' || i END, CASE WHEN i % 10 > 4 THEN '[1,0,0]'::vector END FROM generate_series(1, 600000) AS i;
            ANALYZE public.sentences
            """);
        var settings = database.Settings;
        _program.Environment["EMBED_STORE"] = $"postgresql://{settings.Username}@{settings.Host}:{settings.Port}/{settings.Database}";

        var estimate = JsonSchemas.Read("status", (await _program.RunAsync("status --json")).Output);
        var exact = JsonSchemas.Read("status", (await _program.RunAsync("status --json --exact")).Output);

        (exact.GetProperty("exact").GetBoolean(), exact.GetProperty("rows").GetInt64(), exact.GetProperty("pending").GetInt64()).ShouldBe((true, 540_000, 240_000));
        estimate.GetProperty("exact").GetBoolean().ShouldBeFalse();
        ((double)estimate.GetProperty("rows").GetInt64()).ShouldBe(540_000, 15_000);
        ((double)estimate.GetProperty("pending").GetInt64()).ShouldBe(240_000, 10_000);
        (await _program.RunAsync("status")).Output.ShouldEndWith("Rows are estimated from a sample. To count them: ingest-embeddings status sentences --exact\n");
    }

    [Fact]
    public async Task Watching_ends_when_every_row_is_done()
    {
        await _program.RunAsync("--progress none");

        var result = await _program.RunAsync("status --watch");

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldNotContain('\u001B');
    }

    private async Task<(int Code, string Text)> StatusAsync()
    {
        var result = await _program.RunAsync("status");
        result.Errors.ShouldBeEmpty();
        return (result.ExitCode, result.Output.TrimEnd());
    }
}
