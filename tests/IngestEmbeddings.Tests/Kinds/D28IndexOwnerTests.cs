using IngestEmbeddings.Postgres;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>What only the owner of a table may do is said before it is tried, with the grant that helps.</summary>
public sealed class D28IndexOwnerTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData(VectorIndexMethod.Hnsw)]
    [InlineData(VectorIndexMethod.IvfFlat)]
    public async Task An_index_of_another_roles_table_is_refused_with_the_owner(VectorIndexMethod method)
    {
        await CreateAsync("notes", NumberedTexts(4));
        await using var role = await LowRole.CreateAsync(Fixture.Database);
        await Fixture.Database.ExecuteAsync($"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role.Name}");
        await using var store = await PostgresStore.OpenAsync(new PostgresOptions { ConnectionString = role.ConnectionString }, Cancel);
        var table = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);

        var refusal = await Should.ThrowAsync<IngestException>(() => table.Indexing!.BuildIndexAsync(new VectorIndexRequest { Method = method }, Cancel));

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain("owner of public.notes");
        refusal.Message.ShouldContain($"TO {role.Name};");
    }

    [Fact]
    public async Task An_owner_who_may_create_nothing_in_the_schema_is_told_that()
    {
        await CreateAsync("notes", NumberedTexts(4));
        await using var role = await LowRole.CreateAsync(Fixture.Database);
        await Fixture.Database.ExecuteAsync($"ALTER TABLE notes OWNER TO {role.Name}; GRANT SELECT ON notes_metrics TO {role.Name}");
        await using var store = await PostgresStore.OpenAsync(new PostgresOptions { ConnectionString = role.ConnectionString }, Cancel);
        var table = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);

        var refusal = await Should.ThrowAsync<IngestException>(() => table.Indexing!.BuildIndexAsync(new VectorIndexRequest(), Cancel));

        refusal.Message.ShouldContain("GRANT CREATE ON SCHEMA public");
    }

    [Fact]
    public async Task A_member_of_the_owning_role_may()
    {
        await CreateAsync("notes", NumberedTexts(4));
        await using var owner = await LowRole.CreateAsync(Fixture.Database);
        await using var member = await LowRole.CreateAsync(Fixture.Database);
        await Fixture.Database.ExecuteAsync(
            $"GRANT {owner.Name} TO {member.Name}; GRANT CREATE ON SCHEMA public TO {owner.Name}; ALTER TABLE notes OWNER TO {owner.Name}; GRANT SELECT ON notes_metrics TO {owner.Name}");
        await using var store = await PostgresStore.OpenAsync(new PostgresOptions { ConnectionString = member.ConnectionString }, Cancel);
        var table = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);

        (await table.Indexing!.BuildIndexAsync(new VectorIndexRequest(), Cancel)).Bytes.ShouldBeGreaterThan(0);
    }
}
