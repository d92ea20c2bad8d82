using IngestEmbeddings.Postgres;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Postgres.Writing;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using Npgsql;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>Key ranges change hands only by the rules: lease, nonce, fence.</summary>
public sealed class ClaimTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    private const string ExpireLeases =
        "UPDATE ingest_embeddings.key_range SET lease_until = clock_timestamp() - interval '1 s' WHERE state = 1";

    [Fact]
    public async Task A_key_range_whose_lease_ran_out_is_taken_over_and_its_old_holder_writes_nothing()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var paused = await run.OpenSessionAsync(0, Cancel);
        await using var other = await run.OpenSessionAsync(1, Cancel);
        var old = (await paused.ReadAsync(4, Cancel)).ShouldNotBeNull();

        await Fixture.Database.ExecuteAsync(ExpireLeases);
        var taken = (await other.ReadAsync(4, Cancel)).ShouldNotBeNull();

        taken.Texts.ShouldBe(old.Texts);
        await Should.ThrowAsync<ClaimLostException>(async () => await paused.WriteAsync(WholeOf(old, WithVectors), Cancel));
        (await Fixture.ReadAsync("notes")).Values.ShouldAllBe(row => row.Vector == null);
        (await other.WriteAsync(WholeOf(taken, WithVectors), Cancel)).Written.ShouldBe(4);
        await ShouldBeDoneAsync("notes");
    }

    [Theory]
    [InlineData(620, 4, 100, new[] { 100, 100, 100, 100 })]
    [InlineData(1650, 2, 100, new[] { 200, 200 })]
    [InlineData(90, 4, 4, new[] { 4, 4, 4, 4 })]
    [InlineData(90, 1, 10, new[] { 90 })]
    [InlineData(90, 2, 100, new[] { 90, 0 })]
    public async Task Every_worker_gets_some_of_few_rows_in_whole_batches(int rows, int workers, int batch, int[] read)
    {
        var table = await CreateAsync("notes", NumberedTexts(rows));
        await using var run = await table.StartRunAsync(WithVectors with { Workers = workers, WindowRows = 500, BatchRows = batch }, Cancel);

        var counts = new List<int>();
        for (var worker = 0; worker < workers; worker++)
        {
            var session = await run.OpenSessionAsync(worker, Cancel);
            counts.Add((await session.ReadAsync(500, Cancel))?.Count ?? 0);
        }

        counts.ShouldBe(read);
    }

    [Fact]
    public async Task A_key_range_whose_lease_holds_is_not_taken_over()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var holder = await run.OpenSessionAsync(0, Cancel);
        await using var other = await run.OpenSessionAsync(1, Cancel);
        await holder.ReadAsync(4, Cancel);

        (await other.ReadAsync(4, Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task What_the_last_sweep_has_found_is_not_looked_for_again_by_the_others()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var others = await (await OpenAsync("notes")).StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        await using var waiting = await others.OpenSessionAsync(0, Cancel);
        await DrainAsync(session, WithVectors);
        (await session.WaitForMoreAsync(Cancel)).ShouldBeFalse();
        (await waiting.WaitForMoreAsync(Cancel)).ShouldBeFalse();

        await using var connection = await Fixture.Database.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using var hold = new NpgsqlCommand("LOCK TABLE notes", connection, transaction);
        await hold.ExecuteNonQueryAsync(Cancel);

        // A count would wait for the lock.
        (await others.FinishAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(10), Cancel)).ShouldBe(new RunProof(0, 0));
    }

    [Fact]
    public async Task A_write_past_the_fence_writes_nothing_although_the_nonce_is_right()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();

        await Fixture.Database.ExecuteAsync("UPDATE ingest_embeddings.key_range SET fence = fence + 1");

        await Should.ThrowAsync<ClaimLostException>(async () => await session.WriteAsync(WholeOf(window, WithVectors), Cancel));
        (await Fixture.ReadAsync("notes")).Values.ShouldAllBe(row => row.Vector == null && row.Metrics == null);
    }

    [Fact]
    public async Task A_released_key_range_keeps_its_cursor_and_counts_no_attempt()
    {
        var table = await CreateAsync("notes", NumberedTexts(8));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using (var session = await run.OpenSessionAsync(0, Cancel))
        {
            var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
            await session.WriteAsync(WholeOf(window, WithVectors), Cancel);
            await session.ReadAsync(4, Cancel);
        }

        (await Fixture.Database.ScalarAsync<string>(
            "SELECT concat_ws('|', state, cursor[1], attempts) FROM ingest_embeddings.key_range")).ShouldBe("0|4|0");
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_neither_repeated_nor_forgotten()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using var run = (PostgresRun)await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var batch = WholeOf((await session.ReadAsync(4, Cancel)).ShouldNotBeNull(), WithVectors);
        await using var connection = await Fixture.ConnectAsync();
        var write = new PendingWrite();

        (await run.Writer.WriteAsync(connection, batch, write, Cancel)).ShouldBe(4);
        var versions = await VersionsAsync();
        (await run.Writer.WriteAsync(connection, batch, write, Cancel)).ShouldBe(4);

        (await VersionsAsync()).ShouldBe(versions);
        await ShouldBeDoneAsync("notes");
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_is_found_again()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using var run = (PostgresRun)await table.StartRunAsync(WithVectors, Cancel);
        await using var connection = await Fixture.ConnectAsync();
        var claims = run.CreateRanges("tester");
        var nonce = Guid.NewGuid();

        var first = await claims.ClaimAsync(connection, nonce, isRetry: false, takeSuspects: true, Cancel);
        var again = await claims.ClaimAsync(connection, nonce, isRetry: true, takeSuspects: true, Cancel);

        again.ShouldNotBeNull().ShouldBeEquivalentTo(first.ShouldNotBeNull());
        (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM ingest_embeddings.key_range")).ShouldBe(1);
    }

    [Fact]
    public async Task A_lease_is_renewed_while_its_rows_are_encoded()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using var store = await PostgresStore.OpenAsync(
            new PostgresOptions { ConnectionString = Fixture.Database.ConnectionString, Lease = TimeSpan.FromSeconds(1) }, Cancel);
        var opened = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        await using var run = await opened.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
        var first = await LeaseAsync();

        await WaitUntilAsync(async () => await LeaseAsync() > first.AddSeconds(2));

        (await session.WriteAsync(WholeOf(window, WithVectors), Cancel)).Written.ShouldBe(4);
        table.ShouldNotBeNull();
    }

    [Fact]
    public async Task Key_ranges_cover_the_keys_without_gap_or_overlap()
    {
        var table = await CreateAsync("notes", NumberedTexts(1500));
        var request = WithVectors with { Workers = 3, WindowRows = 100 };
        await using var run = await table.StartRunAsync(request, Cancel);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async worker =>
        {
            await using var session = await run.OpenSessionAsync(worker, Cancel);
            await DrainAsync(session, request);
        }));

        (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM ingest_embeddings.key_range WHERE pass = 0")).ShouldBeGreaterThan(3);
        (await Fixture.Database.ListAsync<long>(
            """
            SELECT no FROM (
                SELECT no, lo, lag(hi) OVER (ORDER BY no) AS before FROM ingest_embeddings.key_range WHERE pass = 0
            ) c
            WHERE lo IS DISTINCT FROM before
            """)).ShouldBeEmpty();
        await ShouldBeDoneAsync("notes");
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_row_that_ends_its_workers_is_found_and_recorded_as_failed_and_the_others_are_done()
    {
        const int rows = 300;
        const string poison = "text 123";
        var table = await CreateAsync("notes", NumberedTexts(rows));
        var request = WithVectors with { WindowRows = 64 };
        var ended = new List<IRowSession>();

        // Each turn is a process that ends without a word when it meets the row.
        while (await RunUntilKilledAsync(table, request, poison) is { } killed)
        {
            ended.Add(killed);
            await Fixture.Database.ExecuteAsync(ExpireLeases);
            ended.Count.ShouldBeLessThan(20);
        }

        var line = (await Fixture.ReadFailedRowsAsync()).ShouldHaveSingleItem();
        line.ShouldContain("123");
        line.ShouldContain("worker");
        var stored = await Fixture.ReadAsync("notes");
        stored.Values.Count(row => row.Vector is not null).ShouldBe(rows - 1);
        stored[123].Vector.ShouldBeNull();
        foreach (var session in ended)
        {
            await session.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_table_that_keeps_receiving_rows_behind_the_frontier_does_not_hold_a_run_for_ever()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var turns = 0;

        do
        {
            while (await session.ReadAsync(4, Cancel) is { } window)
            {
                await session.WriteAsync(WholeOf(window, WithVectors), Cancel);
            }

            await Fixture.InsertAsync("notes", -turns++, "late");
        }
        while (await session.WaitForMoreAsync(Cancel));

        turns.ShouldBe(RunProgress.MaxSweeps + 1);
        (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(1, 0));
    }

    [Fact]
    public async Task Who_joins_a_run_in_its_last_sweep_leaves_no_row_that_came_before()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using (var session = await run.OpenSessionAsync(0, Cancel))
        {
            for (var turn = 0; turn < RunProgress.MaxSweeps; turn++)
            {
                while (await session.ReadAsync(4, Cancel) is { } window)
                {
                    await session.WriteAsync(WholeOf(window, WithVectors), Cancel);
                }

                await Fixture.InsertAsync("notes", -turn, "late");
                (await session.WaitForMoreAsync(Cancel)).ShouldBeTrue();
            }

            await session.WriteAsync(WholeOf((await session.ReadAsync(4, Cancel)).ShouldNotBeNull(), WithVectors), Cancel);
            await Fixture.InsertAsync("notes", -RunProgress.MaxSweeps, "later still");
        }

        await using var joined = await (await OpenAsync("notes")).StartRunAsync(WithVectors, Cancel);
        await using (var session = await joined.OpenSessionAsync(0, Cancel))
        {
            await DrainAsync(session, WithVectors);
        }

        (await joined.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0));
    }

    private static async Task<IRowSession?> RunUntilKilledAsync(IIngestTable table, RunRequest request, string poison)
    {
        var run = await table.StartRunAsync(request, Cancel);
        var session = await run.OpenSessionAsync(0, Cancel);
        do
        {
            while (await session.ReadAsync(request.WindowRows, Cancel) is { } window)
            {
                if (window.Texts.Contains(poison))
                {
                    return session;
                }

                await session.WriteAsync(WholeOf(window, request), Cancel);
            }
        }
        while (await session.WaitForMoreAsync(Cancel));
        (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 1));
        await session.DisposeAsync();
        return null;
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
        {
            await Task.Delay(20, Cancel);
        }
    }

    private async Task<DateTime> LeaseAsync() =>
        await Fixture.Database.ScalarAsync<DateTime>("SELECT lease_until FROM ingest_embeddings.key_range");

    private Task<List<string>> VersionsAsync() => Fixture.Database.ListAsync<string>("SELECT xmin::text FROM notes ORDER BY id");
}
