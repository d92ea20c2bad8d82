using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using Npgsql;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>What there is to do is counted while the workers work, where no row has metrics yet.</summary>
public sealed class CountTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Fact]
    public async Task Until_it_is_counted_the_servers_records_tell_about_how_much_there_is()
    {
        var table = await CreateWithVectorsAsync(1200);
        await using (var unknown = await table.StartRunAsync(MetricsOnly, Cancel))
        {
            unknown.Pending.ShouldBe(long.MaxValue);
        }

        await Fixture.Database.ExecuteAsync("VACUUM notes");
        await using var known = await table.StartRunAsync(MetricsOnly, Cancel);
        known.Pending.ShouldBeInRange(1190, 1210);
    }

    [Fact]
    public async Task Where_some_rows_have_metrics_what_is_left_is_counted_at_once()
    {
        var table = await CreateWithVectorsAsync(5);
        await using (var run = await table.StartRunAsync(MetricsOnly, Cancel))
        await using (var session = await run.OpenSessionAsync(0, Cancel))
        {
            await session.WriteAsync(WholeOf((await session.ReadAsync(2, Cancel)).ShouldNotBeNull(), MetricsOnly), Cancel);
        }

        await using var rest = await table.StartRunAsync(MetricsOnly, Cancel);
        rest.Pending.ShouldBe(3);
        (await rest.CountPendingAsync(Cancel)).ShouldBe(3);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_count_that_the_end_of_the_run_overtakes_is_given_up()
    {
        var table = await CreateWithVectorsAsync(5);
        await using var run = await table.StartRunAsync(MetricsOnly, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using (var connection = await Fixture.Database.ConnectAsync())
        await using (var transaction = await connection.BeginTransactionAsync(Cancel))
        await using (var hold = new NpgsqlCommand("LOCK TABLE notes", connection, transaction))
        {
            await hold.ExecuteNonQueryAsync(Cancel);
            var counting = run.CountPendingAsync(ended.Token);
            while (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE relation = 'notes'::regclass AND NOT granted") == 0)
            {
                await Task.Delay(20, Cancel);
            }

            await ended.CancelAsync();

            await Should.ThrowAsync<OperationCanceledException>(() => counting);
        }

        (await DrainAsync(session, MetricsOnly)).Count.ShouldBe(5);
    }

    private async Task<IIngestTable> CreateWithVectorsAsync(int rows)
    {
        var table = await CreateAsync("notes", NumberedTexts(rows));
        await Fixture.Database.ExecuteAsync("UPDATE notes SET embedding = '[1, 2, 3, 4]'");
        return table;
    }
}
