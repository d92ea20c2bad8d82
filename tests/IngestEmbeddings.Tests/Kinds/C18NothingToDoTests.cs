using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A run that has nothing to do ends like any other, and leaves nothing.</summary>
public sealed class C18NothingToDoTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(3, true)]
    public async Task It_is_closed_and_leaves_no_table(int rows, bool frequency)
    {
        var table = await CreateAsync("notes", NumberedTexts(rows));
        var request = WithVectors with { Frequency = frequency };
        await RunAsync(table, request);

        for (var turn = 0; turn < 3; turn++)
        {
            (await RunAsync(table, request)).Proof.ShouldBe(new RunProof(0, 0));
        }

        (await table.ReadStatusAsync(1, Cancel)).Runs.ShouldBeEmpty();
        (await Fixture.Database.ListAsync<string>("SELECT relname::text FROM pg_class WHERE relname LIKE 'frequency%'")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Metrics_alone_with_nothing_to_do_are_closed_too()
    {
        var table = await CreateAsync("notes", NumberedTexts(3));
        await RunAsync(table, WithVectors);

        await RunAsync(table, MetricsOnly);

        (await table.ReadStatusAsync(1, Cancel)).Runs.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_process_that_works_on_rows_that_came_meanwhile_is_not_ended()
    {
        var table = await CreateAsync("notes", NumberedTexts(0));
        await using var idle = await table.StartRunAsync(WithVectors, Cancel);
        await Fixture.InsertAsync("notes", 1, "text 1");
        await using var busy = await (await OpenAsync("notes")).StartRunAsync(WithVectors, Cancel);
        await using var session = await busy.OpenSessionAsync(0, Cancel);

        await idle.FinishAsync(Cancel);

        await DrainAsync(session, WithVectors);
        (await busy.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0));
        await ShouldBeDoneAsync("notes");
    }
}
