using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Npgsql;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>What stands in the tool's own tables is data: another role writes there what it likes, and a superuser executes none of it.</summary>
public sealed class A1StateTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData("method", "hnsw (embedding vector_cosine_ops); ALTER ROLE {0} SUPERUSER; --")]
    [InlineData("operator_class", "vector_cosine_ops); ALTER ROLE {0} SUPERUSER; --_ops")]
    [InlineData("form", "halfvec(4)) halfvec_l2_ops); ALTER ROLE {0} SUPERUSER; --")]
    [InlineData("schema_name", "public\"; ALTER ROLE {0} SUPERUSER; --")]
    public async Task A_planted_index_is_not_built(string column, string planted)
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await RunAsync(table, WithVectors);
        await using var mallory = await LowRole.CreateAsync(Fixture.Database);
        await mallory.GrantAdvisedAsync();
        await mallory.ExecuteAsync(
            $"""
            INSERT INTO ingest_embeddings.dropped_index (schema_name, index_name, destination, method, operator_class)
            VALUES ('public', 'planted', 'public.notes.embedding', 'hnsw', 'vector_cosine_ops');
            UPDATE ingest_embeddings.dropped_index SET {column} = '{string.Format(null, planted, mallory.Name)}'
            """);
        await Fixture.InsertAsync("notes", 5, "text 5");

        await Should.ThrowAsync<IngestException>(() => RunAsync(table, WithVectors));

        await mallory.ShouldBePowerlessAsync();
    }

    [Theory]
    [InlineData("m=16); ALTER ROLE {0} SUPERUSER; --")]
    [InlineData("fillfactor=10")]
    public async Task Planted_options_of_an_index_are_not_taken(string option)
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await RunAsync(table, WithVectors);
        await using var mallory = await LowRole.CreateAsync(Fixture.Database);
        await mallory.GrantAdvisedAsync();
        await mallory.ExecuteAsync(
            $"""
            INSERT INTO ingest_embeddings.dropped_index (schema_name, index_name, destination, method, options)
            VALUES ('public', 'planted', 'public.notes.embedding', 'hnsw', ARRAY['{string.Format(null, option, mallory.Name)}'])
            """);
        await Fixture.InsertAsync("notes", 5, "text 5");

        await Should.ThrowAsync<IngestException>(() => RunAsync(table, WithVectors));

        await mallory.ShouldBePowerlessAsync();
    }

    [Fact]
    public async Task A_name_of_an_index_is_a_name()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await RunAsync(table, WithVectors);
        await using var mallory = await LowRole.CreateAsync(Fixture.Database);
        await mallory.GrantAdvisedAsync();
        await mallory.ExecuteAsync(
            $"""
            INSERT INTO ingest_embeddings.dropped_index (schema_name, index_name, destination, method, operator_class)
            VALUES ('public', 'x" ON notes (id); ALTER ROLE {mallory.Name} SUPERUSER; --'::varchar(63), 'public.notes.embedding', 'hnsw', 'vector_cosine_ops')
            """);
        await Fixture.InsertAsync("notes", 5, "text 5");

        await RunAsync(table, WithVectors);

        await mallory.ShouldBePowerlessAsync();
    }

    [Fact]
    public async Task A_planted_table_of_frequencies_is_not_read()
    {
        var table = await CreateAsync("notes", "same", "same", "other");
        var request = WithVectors with { Frequency = true };
        await using var run = await table.StartRunAsync(request, Cancel);
        await using var mallory = await LowRole.CreateAsync(Fixture.Database);
        await mallory.GrantAdvisedAsync();
        var name = await Fixture.Database.ScalarAsync<string>("SELECT relname::text FROM pg_class WHERE relname LIKE 'frequency%' AND relkind = 'r'");
        await Fixture.Database.ExecuteAsync($"DROP TABLE ingest_embeddings.{name}");
        await mallory.ExecuteAsync(
            $"CREATE VIEW ingest_embeddings.{name} AS SELECT 1::bigint AS hash, 1::bigint AS hash2, 7 AS rows");

        await Should.ThrowAsync<IngestException>(async () =>
        {
            await using var joined = await table.StartRunAsync(request, Cancel);
        });

        await mallory.ShouldBePowerlessAsync();
    }

    [Fact]
    public async Task An_owner_of_a_claim_that_is_no_owner_stops_no_run()
    {
        var table = await CreateAsync("notes", NumberedTexts(8));
        await using (var run = await table.StartRunAsync(WithVectors, Cancel))
        {
            await using var session = await run.OpenSessionAsync(0, Cancel);
            await session.ReadAsync(4, Cancel);
            await Fixture.Database.ExecuteAsync($"UPDATE ingest_embeddings.key_range SET owner = '{Environment.MachineName}/x; DROP TABLE notes/0/' || split_part(owner, '/', 4)");

            await using var other = await table.StartRunAsync(WithVectors, Cancel);
        }

        (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 0));
    }

    [Fact]
    public async Task Two_roles_share_a_run_with_frequencies_and_neither_must_own_the_others_table()
    {
        await Fixture.CreateTableAsync(new TableSpec("notes") { Texts = ["same", "same", "other", "more"] });
        var table = await OpenAsync("notes");
        var request = WithVectors with { Frequency = true };
        await using var run = await table.StartRunAsync(request, Cancel);
        await using var helper = await LowRole.CreateAsync(Fixture.Database);
        await helper.GrantAdvisedAsync();
        await Fixture.Database.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {helper.Name}");
        await using var store = await PostgresStoreAsync(helper.ConnectionString);
        var theirs = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);

        (await RunAsync(theirs, request)).Proof.ShouldBe(new RunProof(0, 0));

        (await Fixture.ReadAsync("notes")).Values.Count(row => row.Metrics?.Frequency == 2).ShouldBe(2);
    }

    private static Task<IngestEmbeddings.Postgres.PostgresStore> PostgresStoreAsync(string connection) => IngestEmbeddings.Postgres.PostgresStore.OpenAsync(
        new IngestEmbeddings.Postgres.Connections.PostgresOptions { ConnectionString = new NpgsqlConnectionStringBuilder(connection).ConnectionString }, Cancel);
}
