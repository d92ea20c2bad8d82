using IngestEmbeddings.Encoding;
using IngestEmbeddings.Tests.Cli;
using IngestEmbeddings.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Matrix;

/// <summary>Table, model or rights are not what a run needs: nothing is written, and the user is told what to do.</summary>
public sealed class SettingFaultTests : IDisposable
{
    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Theory]
    [InlineData("ALTER TABLE sentence_metrics DROP CONSTRAINT sentence_metrics_pkey; ALTER TABLE sentences DROP CONSTRAINT sentences_pkey", "key")]
    [InlineData("ALTER TABLE sentences DROP CONSTRAINT sentences_pkey; ALTER TABLE sentences ALTER sentenceid DROP NOT NULL; ALTER TABLE sentences ADD UNIQUE (sentenceid)", "key")]
    public async Task Fault_34_a_table_without_a_usable_key(string change, string named)
    {
        await using var bench = await FaultBench.CreateAsync(rows: 10);
        await bench.Table.ExecuteAsync(change);

        var result = await RunAsync(bench);

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain(named);
    }

    [Fact]
    public async Task Fault_40_a_broken_model_stops_the_run_and_sets_nothing_aside()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 100);
        _program.LoadEncoder = (_, _, _, _) => Task.FromResult<IEncoder>(new ConstantEncoder(float.NaN, "broken"));

        var result = await RunAsync(bench);

        result.ExitCode.ShouldBe(6, result.Errors);
        (await bench.Table.ScalarAsync<long>("SELECT count(*) FROM oracle.written")).ShouldBe(0);
        (await bench.Table.ScalarAsync<long>("SELECT count(*) FROM ingest_embeddings.failed_row")).ShouldBe(0);
    }

    [Fact]
    public async Task Fault_41_a_model_of_another_dimension()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 10);
        await bench.Table.ExecuteAsync("ALTER TABLE sentences ALTER embedding TYPE vector(16)");

        var result = await RunAsync(bench);

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain("384");
    }

    [Theory]
    [InlineData("Fault 42: another model", "other")]
    [InlineData("Fault 43: the same model from another file", "builtin:hashing")]
    public async Task Fault_42_and_43_a_second_run_with_other_vectors_is_refused(string fault, string model)
    {
        await using var bench = await FaultBench.CreateAsync(rows: 1500);
        var first = bench.Start("--sleep 0.2", lease: 60);
        await first.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        _program.LoadEncoder = (_, _, _, _) => Task.FromResult<IEncoder>(new ConstantEncoder(MathF.Sqrt(1f / 384), model));

        var second = await RunAsync(bench);

        second.ExitCode.ShouldBe(5, fault);
        second.Errors.ShouldContain("fingerprint");
        (await first.WaitAsync()).ExitCode.ShouldBe(0, first.Errors);
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Fault_42_a_run_that_is_superseded_writes_nothing_more()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 1500);
        var first = bench.Start("--workers 2 --sleep 0.2", lease: 60);
        await first.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        _program.LoadEncoder = (_, _, _, _) => Task.FromResult<IEncoder>(new ConstantEncoder(MathF.Sqrt(1f / 384), "other"));

        // Its vectors are there: to end the run is not enough, and it is not ended.
        var mixing = await RunAsync(bench, options: "--supersede");
        mixing.ExitCode.ShouldBe(5, mixing.Output);
        mixing.Errors.ShouldContain("--reembed");
        var written = await bench.Table.ScalarAsync<long>("SELECT count(*) FROM oracle.written");
        await bench.UntilAsync($"count(*) > {written} FROM oracle.written");

        var second = await RunAsync(bench, options: "--supersede --reembed");

        second.ExitCode.ShouldBe(0, second.Errors);
        var ended = await first.WaitAsync();
        ended.ExitCode.ShouldBe(5, ended.Errors);
        ended.Errors.ShouldContain("has taken the place of this one");
        (await bench.Table.ScalarAsync<long>("SELECT count(DISTINCT embedding::text) FROM sentences")).ShouldBe(1);
        (await bench.Table.ScalarAsync<long>("SELECT count(*) FROM sentences WHERE embedding IS NULL")).ShouldBe(0);
    }

    [Fact]
    public async Task Fault_42_a_refused_run_does_not_change_whose_the_column_is()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 100);
        var first = bench.Start(failpoint: "after_claim:sleep=3000@1", lease: 60);
        await bench.UntilClaimedAsync();
        _program.LoadEncoder = (_, _, _, _) => Task.FromResult<IEncoder>(new ConstantEncoder(MathF.Sqrt(1f / 384), "other"));

        (await RunAsync(bench)).ExitCode.ShouldBe(5);

        (await bench.Table.ScalarAsync<string>("SELECT model FROM ingest_embeddings.space")).ShouldBe("builtin:hashing");
        (await first.WaitAsync()).ExitCode.ShouldBe(0, first.Errors);
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Fault_47_missing_rights_are_named()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 10);
        var role = $"poor_{Guid.NewGuid():N}";
        await bench.Table.ExecuteAsync($"CREATE ROLE {role} LOGIN; GRANT SELECT ON sentences TO {role}");
        try
        {
            var result = await RunAsync(bench, role);

            result.ExitCode.ShouldBe(5, result.Errors);
            result.Errors.ShouldContain("GRANT");
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await bench.Table.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    private Task<ToolResult> RunAsync(FaultBench bench, string? user = null, string options = "")
    {
        var settings = bench.Settings;
        _program.Environment["EMBED_STORE"] = $"postgresql://{user ?? settings.Username}@{settings.Host}:{settings.Port}/{settings.Database}";
        return _program.RunAsync($"run sentences --model builtin:hashing {options}");
    }

    /// <summary>Gives every text the same vector.</summary>
    private sealed class ConstantEncoder(float component, string model) : IEncoder
    {
        public EncoderDescription Description { get; } = new() { Model = model, Dimension = 384, Fingerprint = "constant" };

        public EncoderCounters Counters => default;

        public ValueTask EncodeAsync(IReadOnlyList<string> texts, TextRole role, VectorBlock vectors, CancellationToken stopping)
        {
            for (var row = 0; row < texts.Count; row++)
            {
                vectors.Row(row).Fill(component);
                vectors.MarkEncoded(row);
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
