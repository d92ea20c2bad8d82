using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Support;
using Npgsql;
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
        var notices = new Notices();

        await RunAsync(table, WithVectors with { Observer = notices });

        notices.Texts.ShouldHaveSingleItem().ShouldContain("public.notes.embedding");
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

        var second = WithVectors with { Work = new EmbedWork(Encoder with { Model = "test:second", Fingerprint = "f2" }) };
        (await RunAsync(table, second)).Offered.ShouldBe(["one"]);
    }

    [Fact]
    public async Task A_run_with_another_model_that_is_under_way_is_refused()
    {
        var table = await CreateAsync("notes", "one");
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        await session.ReadAsync(1, Cancel);

        var second = WithVectors with { Work = new EmbedWork(Encoder with { Model = "test:second", Fingerprint = "f2" }) };
        await ShouldBeMisconfiguredAsync(() => table.StartRunAsync(second, Cancel), "test:first", "test:second", "under way");
    }

    [Fact]
    public async Task A_run_with_another_model_that_began_at_the_same_moment_is_not_joined()
    {
        var table = await CreateAsync("notes", "one");
        await using (await table.StartRunAsync(WithVectors, Cancel))
        {
            // Makes the tool's own schema.
        }

        await using var connection = await Fixture.Database.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using var rival = new NpgsqlCommand(
            """
            WITH gone AS (DELETE FROM ingest_embeddings.run RETURNING destination, source)
            INSERT INTO ingest_embeddings.run (run_id, destination, source, model, fingerprint)
            SELECT gen_random_uuid(), destination, source, 'test:rival', 'f3' FROM gone
            """,
            connection,
            transaction);
        await rival.ExecuteNonQueryAsync(Cancel);

        var joining = table.StartRunAsync(WithVectors, Cancel);
        await UntilASessionWaitsAsync();
        await transaction.CommitAsync(Cancel);

        await ShouldBeMisconfiguredAsync(() => joining, "test:rival", "under way");
    }

    private async Task UntilASessionWaitsAsync()
    {
        while (!await Fixture.Database.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"))
        {
            await Task.Delay(20, Cancel);
        }
    }
}
