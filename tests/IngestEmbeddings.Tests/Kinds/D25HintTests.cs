using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>What a message of the store advises works when it is typed, and none ends in a dead end.</summary>
public sealed class D25HintTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData("CREATE TABLE notes (id bigint PRIMARY KEY DEFERRABLE, text text, embedding vector(4))")]
    [InlineData("CREATE TABLE notes (id bigint PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, text text, embedding vector(4))")]
    [InlineData("CREATE TABLE notes (a int, b int, text text, embedding vector(4), PRIMARY KEY (a, b) DEFERRABLE)")]
    public async Task A_deferrable_key_is_called_that(string create)
    {
        await Fixture.Database.ExecuteAsync(create);

        await ShouldRefuseAsync(() => OpenAsync("notes"), "DEFERRABLE", "public.notes");
    }

    [Fact]
    public async Task A_schema_that_exists_without_tables_needs_no_right_on_the_database()
    {
        await CreateAsync("notes", NumberedTexts(2));
        await using var role = await LowRole.CreateAsync(Fixture.Database);
        await Fixture.Database.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role.Name}; CREATE SCHEMA ingest_embeddings");
        await using var store = await OpenAsAsync(role);
        var table = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        var refusal = await Should.ThrowAsync<IngestException>(() => RunAsync(table, WithVectors));

        await Fixture.Database.ExecuteAsync(refusal.Message[refusal.Message.IndexOf("GRANT", StringComparison.Ordinal)..]);

        (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 0));
        await Fixture.Database.ExecuteAsync("DROP SCHEMA ingest_embeddings CASCADE");
    }

    [Fact]
    public async Task Frequencies_without_the_right_to_create_name_the_grant_and_the_way_without()
    {
        var table = await CreateAsync("notes", "same", "same");
        await using (var run = await table.StartRunAsync(WithVectors, Cancel))
        {
        }

        await using var role = await LowRole.CreateAsync(Fixture.Database);
        await Fixture.Database.ExecuteAsync(
            $"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role.Name}; GRANT USAGE ON SCHEMA ingest_embeddings TO {role.Name}; " +
            $"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ingest_embeddings TO {role.Name}");
        await using var store = await OpenAsAsync(role);
        var theirs = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);

        var refusal = await Should.ThrowAsync<IngestException>(() => RunAsync(theirs, WithVectors with { Frequency = true }));

        refusal.Message.ShouldContain("GRANT CREATE ON SCHEMA ingest_embeddings");
        refusal.Message.ShouldContain("--frequency never");
    }

    private static Task<IngestEmbeddings.Postgres.PostgresStore> OpenAsAsync(LowRole role) => IngestEmbeddings.Postgres.PostgresStore.OpenAsync(
        new IngestEmbeddings.Postgres.Connections.PostgresOptions { ConnectionString = role.ConnectionString }, Cancel);
}
