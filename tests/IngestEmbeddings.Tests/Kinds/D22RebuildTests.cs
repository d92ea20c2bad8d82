using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>An index is dropped for a run only when it is known that it can be built again.</summary>
public sealed class D22RebuildTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    private static readonly RunRequest Rebuilding = WithVectors with { RebuildIndex = true };

    [Fact]
    public async Task The_index_of_a_partitioned_table_is_built_again_on_every_partition()
    {
        var table = await CreatePartitionedAsync();
        await Fixture.Database.ExecuteAsync("CREATE INDEX near ON notes USING hnsw (embedding vector_cosine_ops) WITH (m = 8)");
        var before = await IndexesAsync();
        var dropped = false;
        Fixture.AtFailpoint = point =>
        {
            dropped |= point == "index_dropped";
            return ValueTask.CompletedTask;
        };

        (await RunAsync(table, Rebuilding)).Proof.ShouldBe(new RunProof(0, 0));

        Fixture.AtFailpoint = null;
        dropped.ShouldBeTrue();
        (await IndexesAsync()).Count.ShouldBe(before.Count);
        (await Fixture.Database.ScalarAsync<bool>("SELECT bool_and(indisvalid) FROM pg_index i JOIN pg_am a ON a.amname = 'hnsw' JOIN pg_class c ON c.oid = i.indexrelid AND c.relam = a.oid")).ShouldBeTrue();
        (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM ingest_embeddings.dropped_index")).ShouldBe(0);
    }

    [Fact]
    public async Task A_partitioned_table_is_indexed_by_the_command()
    {
        var table = await CreatePartitionedAsync();
        await RunAsync(table, WithVectors);

        var report = await table.Indexing!.BuildIndexAsync(new VectorIndexRequest(), Cancel);

        report.Bytes.ShouldBeGreaterThan(0);
        (await IndexesAsync()).Count.ShouldBe(4);
        await Should.ThrowAsync<IngestException>(() => table.Indexing!.BuildIndexAsync(new VectorIndexRequest(), Cancel));
    }

    [Theory]
    [InlineData("CREATE INDEX near ON notes USING hnsw ((embedding::halfvec(4)) halfvec_l2_ops)")]
    [InlineData("CREATE INDEX near ON notes USING hnsw ((binary_quantize(embedding)::bit(4)) bit_hamming_ops)")]
    [InlineData("CREATE INDEX near ON notes USING ivfflat (embedding) WITH (lists = 2)")]
    [InlineData("CREATE INDEX \"Near ones\" ON notes USING hnsw (embedding vector_ip_ops) WITH (m = 6, ef_construction = 20)")]
    public async Task An_index_is_built_again_as_it_was(string create)
    {
        var table = await CreateAsync("notes", NumberedTexts(20));
        await Fixture.Database.ExecuteAsync(create);
        var before = await IndexesAsync();
        var during = -1;
        Fixture.AtFailpoint = async point => during = point == "index_dropped" ? (await IndexesAsync()).Count : during;

        await RunAsync(table, Rebuilding);

        Fixture.AtFailpoint = null;
        during.ShouldBe(0);
        (await IndexesAsync()).ShouldBe(before);
    }

    [Theory]
    [InlineData("CREATE INDEX near ON notes USING hnsw (embedding vector_cosine_ops) WHERE id > 3")]
    [InlineData("CREATE INDEX near ON notes USING hnsw ((subvector(embedding, 1, 2)::vector(2)) vector_l2_ops)")]
    [InlineData("CREATE FUNCTION binary_quantize(text) RETURNS bit LANGUAGE sql IMMUTABLE AS 'SELECT B''1'''; CREATE INDEX near ON notes USING hnsw ((l2_normalize(embedding)::vector(4)) vector_l2_ops)")]
    public async Task An_index_that_cannot_be_built_from_its_parts_is_kept(string create)
    {
        var table = await CreateAsync("notes", NumberedTexts(20));
        await Fixture.Database.ExecuteAsync(create);
        var before = await IndexesAsync();
        var dropped = false;
        Fixture.AtFailpoint = point =>
        {
            dropped |= point == "index_dropped";
            return ValueTask.CompletedTask;
        };

        (await RunAsync(table, Rebuilding)).Proof.ShouldBe(new RunProof(0, 0));

        Fixture.AtFailpoint = null;
        dropped.ShouldBeFalse();
        (await IndexesAsync()).ShouldBe(before);
        await Fixture.Database.ExecuteAsync("DROP FUNCTION IF EXISTS binary_quantize(text) CASCADE");
    }

    [Fact]
    public async Task A_role_that_does_not_own_the_table_keeps_its_index_and_writes()
    {
        await CreateAsync("notes", NumberedTexts(8));
        await Fixture.Database.ExecuteAsync("CREATE INDEX near ON notes USING hnsw (embedding vector_cosine_ops)");
        await using var role = await LowRole.CreateAsync(Fixture.Database);
        await Fixture.Database.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role.Name}; GRANT CREATE ON DATABASE {Fixture.Database.Settings.Database} TO {role.Name}");
        await using var store = await IngestEmbeddings.Postgres.PostgresStore.OpenAsync(
            new IngestEmbeddings.Postgres.Connections.PostgresOptions { ConnectionString = role.ConnectionString }, Cancel);
        var table = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);

        (await RunAsync(table, Rebuilding)).Proof.ShouldBe(new RunProof(0, 0));

        (await IndexesAsync()).Count.ShouldBe(1);
        await Fixture.Database.ExecuteAsync("DROP SCHEMA ingest_embeddings CASCADE");
    }

    private async Task<IIngestTable> CreatePartitionedAsync()
    {
        await Fixture.Database.ExecuteAsync(
            """
            CREATE TABLE notes (id bigint PRIMARY KEY, text text, embedding vector(4)) PARTITION BY RANGE (id);
            CREATE TABLE notes_low PARTITION OF notes FOR VALUES FROM (0) TO (10);
            CREATE TABLE notes_high PARTITION OF notes FOR VALUES FROM (10) TO (100) PARTITION BY RANGE (id);
            CREATE TABLE notes_high_1 PARTITION OF notes_high FOR VALUES FROM (10) TO (100);
            INSERT INTO notes SELECT n, 'text ' || n FROM generate_series(1, 20) n;
            """);
        await Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4 }, Cancel);
        return await Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
    }

    private Task<List<string>> IndexesAsync() => Fixture.Database.ListAsync<string>(
        """
        SELECT pg_get_indexdef(c.oid) FROM pg_class c JOIN pg_am a ON a.oid = c.relam
        WHERE a.amname IN ('hnsw', 'ivfflat') AND c.relnamespace = 'public'::regnamespace ORDER BY 1
        """);
}
