using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>What the former version has begun, this one resumes.</summary>
public sealed class StateMigrationTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Fact]
    public async Task A_run_that_the_former_version_left_half_way_is_resumed_where_it_stopped()
    {
        var table = await StartedByFormerVersionAsync();

        var (offered, proof) = await RunAsync(table, WithVectors);

        offered.ShouldBe(NumberedTexts(16).Skip(7), ignoreOrder: true);
        proof.ShouldBe(new RunProof(0, 1));
        (await Fixture.Database.ListAsync<long>("SELECT DISTINCT fence FROM ingest_embeddings.key_range WHERE no IN (2, 3) ORDER BY 1")).ShouldBe([2, 3]);
        (await Fixture.ReadFailedRowsAsync()).ShouldHaveSingleItem().ShouldContain("the model failed");
    }

    [Fact]
    public async Task Two_processes_of_the_new_version_migrate_once_and_share_the_run()
    {
        var table = await StartedByFormerVersionAsync();

        await Task.WhenAll(Enumerable.Range(0, 3).Select(async worker =>
        {
            await using var run = await table.StartRunAsync(WithVectors, Cancel);
            await using var session = await run.OpenSessionAsync(worker, Cancel);
            await DrainAsync(session, WithVectors);
        }));

        (await table.CountPendingAsync(new EmbedWork(Encoder), Cancel)).ShouldBe(0);
        (await Fixture.Database.ScalarAsync<int>("SELECT max(number) FROM ingest_embeddings.version")).ShouldBe(6);
    }

    [Fact]
    public async Task The_migrated_schema_has_the_columns_of_a_new_one()
    {
        const string Columns = """
            SELECT concat_ws(' ', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relnamespace = 'ingest_embeddings'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped AND c.relname !~ '^frequency_'
            ORDER BY 1
            """;
        await RunAsync(await CreateAsync("notes", NumberedTexts(1)), WithVectors);
        var created = await Fixture.Database.ListAsync<string>(Columns);
        await Fixture.ResetAsync();

        await RunAsync(await StartedByFormerVersionAsync(), WithVectors);

        (await Fixture.Database.ListAsync<string>(Columns)).ShouldBe(created, ignoreOrder: true);
    }

    [Fact]
    public async Task Indexes_that_the_former_version_dropped_are_kept_as_data()
    {
        var table = await StartedByFormerVersionAsync();
        await using var run = await table.StartRunAsync(WithVectors, Cancel);

        (await Fixture.Database.ListAsync<string>(
            "SELECT concat_ws('|', schema_name, index_name, method, operator_class, options::text) FROM ingest_embeddings.dropped_index ORDER BY method"))
            .ShouldBe(["public|notes_embedding_hnsw|hnsw|vector_cosine_ops|{m=8,ef_construction=32}", "public|Notes index|ivfflat|{}"]);
    }

    [Fact]
    public async Task A_dropped_index_whose_definition_is_more_than_an_index_is_never_built()
    {
        var table = await StartedByFormerVersionAsync();
        await Fixture.Database.ExecuteAsync(
            "UPDATE ingest_embeddings.dropped_index SET definition = definition || '; ALTER ROLE mallory SUPERUSER' WHERE name LIKE '%hnsw'");

        var refusal = await Should.ThrowAsync<IngestException>(() => table.StartRunAsync(WithVectors, Cancel));

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain("public.notes_embedding_hnsw");
        (await Fixture.Database.ScalarAsync<int>("SELECT max(number) FROM ingest_embeddings.version")).ShouldBe(2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public async Task A_schema_of_any_other_version_is_refused(int version)
    {
        var table = await StartedByFormerVersionAsync();
        await Fixture.Database.ExecuteAsync($"UPDATE ingest_embeddings.version SET number = {version}");

        (await Should.ThrowAsync<IngestException>(() => table.StartRunAsync(WithVectors, Cancel))).Error.ShouldBe(IngestError.Configuration);
    }

    private async Task<IIngestTable> StartedByFormerVersionAsync()
    {
        var table = await CreateAsync("notes", NumberedTexts(16));
        for (var ordinal = 1; ordinal <= 6; ordinal++)
        {
            await Fixture.SetVectorAsync("notes", ordinal, VectorOf($"text {ordinal}"));
        }

        await Fixture.Database.ExecuteAsync(
            await File.ReadAllTextAsync(Repository.PathOf("tests", "IngestEmbeddings.Tests", "Golden", "state-schema-2.sql"), Cancel));
        return table;
    }
}
