using IngestEmbeddings.Tests.Faults.Matrix;
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
        (await StatusAsync()).ShouldBe((4, "public.sentences: 1500 rows pending, 0 failed"));

        var tool = bench.Start("--sleep 0.2", lease: 60);
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        var (_, during) = await StatusAsync();
        during.ShouldContain("run with builtin:hashing since");
        during.ShouldContain($"/{tool.Id}/0: ");
        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        (await StatusAsync()).ShouldBe((0, "public.sentences: 0 rows pending, 0 failed"));

        await bench.Table.ExecuteAsync("""
            INSERT INTO ingest_embeddings.failed_row (destination, key, stage, reason, run_id)
            SELECT destination, ARRAY['10'], 'encode', 'too long', run_id FROM ingest_embeddings.run
            """);
        (await StatusAsync()).ShouldBe((3, "public.sentences: 0 rows pending, 1 failed\nfailed 10: encode: too long"));

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
        text.ShouldEndWith("rows pending, 0 failed");
    }

    private async Task<(int Code, string Text)> StatusAsync()
    {
        var result = await _program.RunAsync("status");
        result.Errors.ShouldBeEmpty();
        return (result.ExitCode, result.Output.TrimEnd());
    }
}
