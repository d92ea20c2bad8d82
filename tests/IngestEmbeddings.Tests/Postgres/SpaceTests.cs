using IngestEmbeddings.Tests.Conformance;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>Which model made the vectors of a column.</summary>
public sealed class SpaceTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Fact]
    public async Task Vectors_without_a_record_of_their_model_are_taken_with_a_notice()
    {
        var table = await CreateAsync("notes", "one", "two");
        await Fixture.SetVectorAsync("notes", 1, VectorOf("one"));
        var notices = new List<string>();

        await RunAsync(table, WithVectors with { Notice = notices.Add });

        notices.ShouldHaveSingleItem().ShouldContain("public.notes.embedding");
        (await Fixture.Database.ScalarAsync<string>("SELECT model FROM ingest_embeddings.space")).ShouldBe("test:first");
    }

    [Fact]
    public async Task A_column_without_vectors_may_change_its_model()
    {
        var table = await CreateAsync("notes", "one");
        await using (await table.StartRunAsync(WithVectors, Cancel))
        {
            // Nothing is written.
        }

        var second = WithVectors with { Encoder = Encoder with { Model = "test:second", Fingerprint = "f2" } };
        (await RunAsync(table, second)).Offered.ShouldBe(["one"]);
    }

    [Fact]
    public async Task A_run_with_another_model_that_is_under_way_is_refused()
    {
        var table = await CreateAsync("notes", "one");
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        await session.ReadAsync(1, Cancel);

        var second = WithVectors with { Encoder = Encoder with { Model = "test:second", Fingerprint = "f2" } };
        await ShouldBeMisconfiguredAsync(() => table.StartRunAsync(second, Cancel), "test:first", "test:second", "under way");
    }
}
