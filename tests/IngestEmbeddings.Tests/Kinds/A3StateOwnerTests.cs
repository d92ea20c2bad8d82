using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A state schema that another role could turn against the one that runs the tool is refused.</summary>
public sealed class A3StateOwnerTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData("ALTER SCHEMA ingest_embeddings OWNER TO {0}", "schema ingest_embeddings")]
    [InlineData("ALTER TABLE ingest_embeddings.run OWNER TO {0}", "ingest_embeddings.run")]
    [InlineData("ALTER TABLE ingest_embeddings.version OWNER TO {0}", "ingest_embeddings.version")]
    [InlineData(
        "GRANT USAGE ON SCHEMA ingest_embeddings TO {0}; GRANT ALL ON ingest_embeddings.worker TO {0}; GRANT CREATE ON SCHEMA public TO {0}; SET ROLE {0}; " +
        "CREATE FUNCTION public.climb() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ALTER ROLE {0} SUPERUSER; RETURN NEW; END $$; " +
        "CREATE TRIGGER climb BEFORE INSERT ON ingest_embeddings.worker FOR EACH ROW EXECUTE FUNCTION public.climb(); RESET ROLE",
        "trigger climb on ingest_embeddings.worker")]
    public async Task What_belongs_to_another_role_is_refused_and_named(string change, string named)
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await RunAsync(table, WithVectors);
        await using var mallory = await LowRole.CreateAsync(Fixture.Database);
        await Fixture.Database.ExecuteAsync(string.Format(null, change, mallory.Name));
        await Fixture.InsertAsync("notes", 5, "text 5");

        var refusal = await Should.ThrowAsync<IngestException>(() => RunAsync(table, WithVectors));

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain(named);
        refusal.Message.ShouldContain(mallory.Name);
        (await Should.ThrowAsync<IngestException>(() => table.ReadStatusAsync(1, Cancel))).Message.ShouldContain(named);
        await mallory.ShouldBePowerlessAsync();
    }

    [Fact]
    public async Task A_view_in_the_place_of_a_table_is_refused()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await RunAsync(table, WithVectors);
        await Fixture.Database.ExecuteAsync(
            "ALTER TABLE ingest_embeddings.space RENAME TO spaces; CREATE VIEW ingest_embeddings.space AS SELECT * FROM ingest_embeddings.spaces");
        await Fixture.InsertAsync("notes", 5, "text 5");

        (await Should.ThrowAsync<IngestException>(() => RunAsync(table, WithVectors))).Message.ShouldContain("view ingest_embeddings.space");
    }

    [Fact]
    public async Task Triggers_of_a_superuser_are_not_refused()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using (var run = await table.StartRunAsync(WithVectors, Cancel))
        {
            await Fixture.Database.ExecuteAsync(
                "CREATE FUNCTION public.watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; " +
                "CREATE TRIGGER watch BEFORE INSERT ON ingest_embeddings.worker FOR EACH ROW EXECUTE FUNCTION public.watch()");
        }

        (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 0));
        await Fixture.Database.ExecuteAsync("DROP FUNCTION public.watch CASCADE");
    }

    [Fact]
    public async Task The_rights_that_are_advised_are_enough_for_a_second_role()
    {
        var table = await CreateAsync("notes", NumberedTexts(8));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var helper = await LowRole.CreateAsync(Fixture.Database);
        await Fixture.Database.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {helper.Name}");
        await using var store = await IngestEmbeddings.Postgres.PostgresStore.OpenAsync(
            new IngestEmbeddings.Postgres.Connections.PostgresOptions { ConnectionString = helper.ConnectionString }, Cancel);
        var theirs = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);

        var refusal = await Should.ThrowAsync<IngestException>(() => RunAsync(theirs, WithVectors));
        await Fixture.Database.ExecuteAsync(refusal.Message[refusal.Message.IndexOf("GRANT", StringComparison.Ordinal)..]);

        (await RunAsync(theirs, WithVectors)).Proof.ShouldBe(new RunProof(0, 0));
        (await Fixture.Database.ScalarAsync<bool>("SELECT has_schema_privilege($1, 'ingest_embeddings', 'CREATE')", helper.Name)).ShouldBeFalse();
    }
}
