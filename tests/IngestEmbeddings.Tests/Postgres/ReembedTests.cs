using IngestEmbeddings.Encoding;
using IngestEmbeddings.Tests.Cli;
using IngestEmbeddings.Tests.Faults.Matrix;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>Doing again what is done: <c>--reembed</c>, <c>--retry-failed</c>, and <c>--max-failures</c>.</summary>
public sealed class ReembedTests : IDisposable
{
    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task A_killed_reembedding_resumes_and_no_row_is_ever_without_a_vector()
    {
        await using var bench = await FaultBench.CreateAsync();
        (await bench.RunAsync()).ExitCode.ShouldBe(0);
        await bench.Table.ExecuteAsync("ALTER TABLE sentences ALTER embedding SET NOT NULL");

        (await bench.RunAsync("--reembed --sleep 0.01", failpoint: "before_commit:kill@3")).ExitCode.ShouldBe(137);
        var rest = await bench.RunAsync("--reembed");

        rest.ExitCode.ShouldBe(0, rest.Errors);
        FaultBench.Processed(rest).ShouldBe(500);
        (await bench.Table.ScalarAsync<long>(
            "SELECT count(*) FROM (SELECT FROM oracle.written GROUP BY sentenceid, version HAVING count(*) = 2) AS twice")).ShouldBe(600);
    }

    [Fact]
    public async Task Another_model_may_take_a_column_over_only_by_reembedding_it()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 50);
        (await bench.RunAsync()).ExitCode.ShouldBe(0);
        Use(new ChoosyEncoder("other"));

        var refused = await RunAsync(bench, "");
        refused.ExitCode.ShouldBe(5);
        refused.Errors.ShouldContain("--reembed");
        (await RunAsync(bench, "--reembed")).ExitCode.ShouldBe(0);

        (await bench.Table.ScalarAsync<long>("SELECT count(DISTINCT embedding::text) FROM sentences")).ShouldBe(1);
        var first = await bench.RunAsync();
        first.ExitCode.ShouldBe(5, first.Output);
        first.Errors.ShouldContain("other");
    }

    [Fact]
    public async Task Vectors_whose_record_is_gone_are_taken_over_only_where_the_model_makes_the_same()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 50);
        (await bench.RunAsync()).ExitCode.ShouldBe(0);
        await bench.Table.ExecuteAsync("DROP SCHEMA ingest_embeddings CASCADE");

        var same = await bench.RunAsync();
        await bench.Table.ExecuteAsync(
            "DROP SCHEMA ingest_embeddings CASCADE; UPDATE sentences AS s SET embedding = o.embedding FROM sentences AS o WHERE o.sentenceid = 510 - s.sentenceid");
        var foreign = await bench.RunAsync();

        same.ExitCode.ShouldBe(0, same.Errors);
        same.Errors.ShouldContain("20 texts encoded again");
        foreign.ExitCode.ShouldBe(5, foreign.Output);
        foreign.Errors.ShouldContain("replace them all: --reembed");
        (await bench.RunAsync("--reembed")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_reembedding_is_refused_while_a_run_fills_in_what_is_missing()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 1500);
        var filling = bench.Start("--sleep 0.2", lease: 60);
        await filling.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));

        var refused = await bench.RunAsync("--reembed");

        refused.ExitCode.ShouldBe(5, refused.Output);
        (await filling.WaitAsync()).ExitCode.ShouldBe(0, filling.Errors);
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Failed_rows_are_done_again_when_asked_for()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 50);
        Use(new ChoosyEncoder("choosy") { Refused = "Sentence 70 " });
        (await RunAsync(bench, "")).ExitCode.ShouldBe(3);

        Use(new ChoosyEncoder("choosy"));
        (await RunAsync(bench, "")).ExitCode.ShouldBe(3);
        (await RunAsync(bench, "--retry-failed")).ExitCode.ShouldBe(0);

        (await bench.Table.ScalarAsync<long>("SELECT count(*) FROM sentences WHERE embedding IS NULL")).ShouldBe(0);
    }

    [Fact]
    public async Task Too_many_failures_stop_the_run()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 50);
        Use(new ChoosyEncoder("choosy") { Refused = "Sentence" });

        var result = await RunAsync(bench, "--max-failures 10");

        result.ExitCode.ShouldBe(6, result.Errors);
        result.Errors.ShouldContain("--max-failures");
    }

    private void Use(IEncoder encoder) => _program.LoadEncoder = (_, _, _, _) => Task.FromResult(encoder);

    private Task<ToolResult> RunAsync(FaultBench bench, string options)
    {
        var settings = bench.Settings;
        _program.Environment["EMBED_STORE"] = $"postgresql://{settings.Username}@{settings.Host}:{settings.Port}/{settings.Database}";
        return _program.RunAsync($"run sentences --model builtin:hashing {options}");
    }

    /// <summary>Gives every text the same vector, but refuses some texts.</summary>
    private sealed class ChoosyEncoder(string model) : IEncoder
    {
        public string? Refused { get; init; }

        public EncoderDescription Description { get; } = new() { Model = model, Dimension = 384, Fingerprint = model };

        public EncoderCounters Counters => default;

        public ValueTask EncodeAsync(IReadOnlyList<string> texts, TextRole role, VectorBlock vectors, CancellationToken stopping)
        {
            for (var row = 0; row < texts.Count; row++)
            {
                if (Refused is not null && texts[row].StartsWith(Refused, StringComparison.Ordinal))
                {
                    vectors.Fail(row, "refused");
                    continue;
                }

                vectors.Row(row).Fill(MathF.Sqrt(1f / 384));
                vectors.MarkEncoded(row);
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
