using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>What a copy has of its table, and what it leaves.</summary>
public sealed class ScratchTests(PostgresFixture fixture) : Conformance.StoreConformance<PostgresFixture>(fixture)
{
    private const string Copies = "SELECT c.relname::text FROM pg_class AS c WHERE c.relnamespace = 'ingest_embeddings'::regnamespace AND c.relname LIKE 'scratch%' AND c.relkind = 'r' ORDER BY 1";

    [Fact]
    public async Task A_copy_has_the_indexes_the_generated_columns_and_the_storage_of_its_table()
    {
        await Fixture.Database.ExecuteAsync(
            """
            CREATE TABLE notes (
                id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL, embedding vector(4),
                folded text GENERATED ALWAYS AS (lower(text)) STORED) WITH (fillfactor = 50);
            CREATE INDEX ON notes (folded);
            CREATE INDEX ON notes USING hnsw (embedding vector_cosine_ops);
            INSERT INTO notes (text) VALUES ('One'), ('Two');
            """);
        await Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4 }, Cancel);
        await using var scratch = await (await OpenAsync("notes")).CreateScratchAsync(new ScratchRequest(10, KeepVectors: false), Cancel);

        var copy = (await Fixture.Database.ListAsync<string>(Copies))[0];
        (await Fixture.Database.ListAsync<string>($"SELECT folded FROM ingest_embeddings.{copy} ORDER BY id")).ShouldBe(["one", "two"]);
        (await Fixture.Database.ScalarAsync<long>($"SELECT count(*) FROM pg_indexes WHERE tablename = '{copy}'")).ShouldBe(3);
        (await Fixture.Database.ScalarAsync<string>($"SELECT reloptions[1] FROM pg_class WHERE relname = '{copy}'")).ShouldBe("fillfactor=50");
        (await RunAsync(scratch.Table, WithVectors)).Offered.ShouldBe(["One", "Two"]);
    }

    [Fact]
    public async Task A_table_with_a_separate_table_of_vectors_is_copied_with_that()
    {
        await Fixture.Database.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, text text)");
        await Fixture.Database.ExecuteAsync("INSERT INTO notes VALUES (1, 'one'), (2, 'two')");
        var request = new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4, Place = VectorPlace.Table };
        await Store.InitAsync(request, Cancel);
        var table = await OpenAsync("notes");
        await RunAsync(table, WithVectors);

        await using var second = await table.CreateScratchAsync(new ScratchRequest(10, KeepVectors: false), Cancel);
        await using var metrics = await table.CreateScratchAsync(new ScratchRequest(10, KeepVectors: true), Cancel);

        (await RunAsync(second.Table, WithVectors)).Offered.ShouldBe(["one", "two"]);
        (await RunAsync(metrics.Table, MetricsOnly)).Offered.ShouldBe(["one", "two"]);
        (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM notes_embeddings")).ShouldBe(2);
    }

    [Fact]
    public async Task A_copy_leaves_nothing_and_the_next_one_leaves_those_in_use()
    {
        var table = await CreateAsync("notes", "one", "two");
        await using (await table.CreateScratchAsync(new ScratchRequest(10, KeepVectors: false), Cancel))
        {
            await using (var other = await table.CreateScratchAsync(new ScratchRequest(10, KeepVectors: false), Cancel))
            {
                await RunAsync(other.Table, WithVectors);
                (await Fixture.Database.ListAsync<string>(Copies)).Count.ShouldBe(4);
            }

            (await Fixture.Database.ListAsync<string>(Copies)).Count.ShouldBe(2);
        }

        (await Fixture.Database.ListAsync<string>(Copies)).ShouldBeEmpty();
        foreach (var state in new[] { "run", "key_range", "worker", "space", "failed_row" })
        {
            (await Fixture.Database.ScalarAsync<long>($"SELECT count(*) FROM ingest_embeddings.{state}")).ShouldBe(0, state);
        }
    }
}
