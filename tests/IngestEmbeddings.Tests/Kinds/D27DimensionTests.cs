using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>init says when the vectors that are there have another dimension than it was told.</summary>
public sealed class D27DimensionTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData("vector(512)", VectorPlace.Column)]
    [InlineData("halfvec(512)", VectorPlace.Column)]
    [InlineData("vector(512)", VectorPlace.Table)]
    public async Task It_is_refused_and_nothing_is_created(string type, VectorPlace place)
    {
        var there = place == VectorPlace.Column ? $", embedding {type}" : "";
        await Fixture.Database.ExecuteAsync($"CREATE TABLE notes (id bigint PRIMARY KEY, text text{there})");
        if (place == VectorPlace.Table)
        {
            await Fixture.Database.ExecuteAsync(
                $"CREATE TABLE notes_embeddings (id bigint, model text, text_hash bigint NOT NULL, embedding {type} NOT NULL, updated_at timestamptz NOT NULL, PRIMARY KEY (id, model))");
        }

        var refusal = await Should.ThrowAsync<IngestException>(() => Store.InitAsync(Request(place, required: true), Cancel));

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain(type);
        (await Fixture.Database.ScalarAsync<string>("SELECT to_regclass('notes_metrics')::text")).ShouldBeNull();
    }

    [Fact]
    public async Task Without_a_dimension_what_is_there_is_taken()
    {
        await Fixture.Database.ExecuteAsync("CREATE TABLE notes (id bigint PRIMARY KEY, text text, embedding vector(512))");

        (await Store.InitAsync(Request(VectorPlace.Column, required: false), Cancel)).Table.Dimension.ShouldBe(512);
    }

    private static InitRequest Request(VectorPlace place, bool required) =>
        new() { Table = new TableRequest { Table = "notes" }, Dimension = 384, RequiresDimension = required, Place = place };
}
