using System.Globalization;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Pipeline;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres.Indexes;

/// <summary>Indexes over vectors: built on demand, and dropped and built again around a run, whatever kills it.</summary>
/// <remarks>Failpoints are the process's own: only those are armed here that no other test reaches.</remarks>
public sealed class VectorIndexTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private readonly Notices _notices = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await fixture.ResetAsync();

    public ValueTask DisposeAsync()
    {
        fixture.AtFailpoint = null;
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(VectorIndexMethod.Hnsw, "USING hnsw (embedding vector_cosine_ops)")]
    [InlineData(VectorIndexMethod.IvfFlat, "USING ivfflat (embedding vector_cosine_ops)")]
    public async Task An_index_is_built_and_tells_its_memory(VectorIndexMethod method, string definition)
    {
        await CreateAsync(rows: 50);
        await RunAsync(rebuild: false);

        var report = await BuildAsync(new VectorIndexRequest { Method = method });

        report.Bytes.ShouldBeGreaterThan(0);
        (await IndexesAsync()).ShouldHaveSingleItem().ShouldContain(definition);
        _notices.Texts.ShouldContain(notice => notice.Contains("maintenance_work_mem", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_index_of_the_kind_is_refused_with_the_statement_that_drops_the_first()
    {
        await CreateAsync(rows: 3);
        await BuildAsync(new VectorIndexRequest());

        var refusal = await Should.ThrowAsync<IngestException>(() => BuildAsync(new VectorIndexRequest()));

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain("DROP INDEX public.notes_embedding_hnsw");
    }

    [Fact]
    public async Task What_a_failed_build_left_is_dropped_first()
    {
        await CreateAsync(rows: 3);
        await BuildAsync(new VectorIndexRequest());
        await InvalidateAsync();

        await BuildAsync(new VectorIndexRequest());

        (await IndexesAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_run_that_would_write_much_through_an_index_says_how_to_be_faster()
    {
        await CreateAsync(rows: 1_200);
        await BuildAsync(new VectorIndexRequest());

        await RunAsync(rebuild: false);

        _notices.Texts.ShouldContain(notice => notice.Contains("--rebuild-index", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rebuild_drops_the_index_before_the_run_and_builds_the_same_after_it()
    {
        await CreateAsync(rows: 20);
        await BuildAsync(new VectorIndexRequest { Distance = VectorDistance.Euclidean });
        var before = await IndexesAsync();
        var during = -1;
        fixture.AtFailpoint = async point => during = point == "index_dropped" ? (await IndexesAsync()).Count : during;

        await RunAsync(rebuild: true);

        during.ShouldBe(0);
        (await IndexesAsync()).ShouldBe(before);
        await ShouldBeRepairedAsync();
    }

    [Theory]
    [InlineData("before_index_dropped")]
    [InlineData("index_dropped")]
    [InlineData("before_index_built")]
    [InlineData("index_built")]
    public async Task Stopped_at_any_step_the_next_run_ends_with_the_index_and_no_leftovers(string step)
    {
        await CreateAsync(rows: 20);
        await BuildAsync(new VectorIndexRequest());
        var before = await IndexesAsync();
        fixture.AtFailpoint = point => point == step ? throw new InvalidOperationException(step) : ValueTask.CompletedTask;
        (await Should.ThrowAsync<Exception>(() => RunAsync(rebuild: true))).ToString().ShouldContain(step);
        fixture.AtFailpoint = null;

        await RunAsync(rebuild: false);

        (await IndexesAsync()).ShouldBe(before);
        await ShouldBeRepairedAsync();
    }

    [Fact]
    public async Task An_index_that_a_killed_build_left_not_valid_is_built_again_by_the_next_run()
    {
        await CreateAsync(rows: 20);
        await BuildAsync(new VectorIndexRequest());
        fixture.AtFailpoint = point => point == "index_built" ? throw new InvalidOperationException(point) : ValueTask.CompletedTask;
        await Should.ThrowAsync<InvalidOperationException>(() => RunAsync(rebuild: true));
        fixture.AtFailpoint = null;
        await InvalidateAsync();

        await RunAsync(rebuild: false);

        (await IndexesAsync()).Count.ShouldBe(1);
        await ShouldBeRepairedAsync();
    }

    private async Task ShouldBeRepairedAsync()
    {
        (await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM ingest_embeddings.dropped_index")).ShouldBe(0);
        (await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM notes WHERE embedding IS NULL")).ShouldBe(0);
        (await fixture.Database.ScalarAsync<bool>("SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'notes'::regclass")).ShouldBeTrue();
    }

    // As a build that died leaves it.
    private Task<int> InvalidateAsync() => fixture.Database.ExecuteAsync(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'notes_embedding_hnsw'::regclass");

    private Task<List<string>> IndexesAsync() => fixture.Database.ListAsync<string>(
        "SELECT indexdef FROM pg_indexes WHERE tablename = 'notes' AND indexdef NOT LIKE '%UNIQUE%' ORDER BY 1");

    private async Task CreateAsync(int rows)
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, text text, embedding vector(384))");
        await fixture.Database.ExecuteAsync(
            $"INSERT INTO notes SELECT number, 'text ' || number FROM generate_series(1, {rows.ToString(CultureInfo.InvariantCulture)}) AS number");
        await fixture.Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" } }, Cancel);
    }

    private async Task<VectorIndexReport> BuildAsync(VectorIndexRequest request)
    {
        var table = await fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        return await table.Indexing!.BuildIndexAsync(request with { Observer = _notices }, Cancel);
    }

    private async Task RunAsync(bool rebuild)
    {
        await using var encoder = new HashingEncoder();
        var table = await fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        var request = new RunRequest { Work = new EmbedWork(encoder.Description), RebuildIndex = rebuild, Observer = _notices };
        await using var run = await table.StartRunAsync(request, Cancel);
        var pipeline = new IngestPipeline(
            run, encoder, new TextMeter(), new IngestOptions(), new RecordingObserver());
        (await pipeline.RunAsync(Cancel)).Proof.ShouldBe(new RunProof(0, 0));
    }
}
