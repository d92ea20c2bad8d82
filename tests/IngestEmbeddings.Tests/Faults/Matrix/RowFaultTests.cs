using Npgsql;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Matrix;

/// <summary>The application works with the table meanwhile.</summary>
public class RowFaultTests
{
    [Fact]
    public async Task Fault_27_deadlocks_with_an_application_that_updates_in_reverse_order()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 2000);
        var tool = bench.Start("--sleep 0.05");
        var end = tool.WaitAsync();
        for (var round = 0; round < 30 && !end.IsCompleted; round++)
        {
            await UpdateInReverseOrderAsync(bench);
        }

        // A run that meets rows changed behind it for too long leaves them to the next one.
        (await end).ExitCode.ShouldBeOneOf(0, 4);
        await bench.FinishAsync();
    }

    private static async Task UpdateInReverseOrderAsync(FaultBench bench)
    {
        await using var connection = await bench.Table.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        try
        {
            for (var id = 20_000; id > 0; id -= 250)
            {
                await using var update = new NpgsqlCommand($"UPDATE sentences SET touched = touched + 1 WHERE sentenceid = {id}", connection, transaction);
                await update.ExecuteNonQueryAsync();
            }

            await transaction.CommitAsync();
        }
        catch (PostgresException deadlock) when (deadlock.SqlState == PostgresErrorCodes.DeadlockDetected)
        {
            // The server chooses who gives way; an application tries again, too.
        }
    }

    [Fact]
    public async Task Fault_28_a_locked_table_is_waited_for_politely()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 1500);
        var tool = bench.Start("--sleep 0.1");
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        await using (var connection = await bench.Table.ConnectAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var hold = new NpgsqlCommand("LOCK TABLE public.sentences IN ACCESS EXCLUSIVE MODE", connection, transaction);
            await hold.ExecuteNonQueryAsync();
            await bench.UntilAsync("EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'tool-%' AND wait_event_type = 'Lock')");

            // The lock_timeout of three seconds ends the wait: the application's own statements never queue behind us for longer.
            await bench.UntilAsync("NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'tool-%' AND wait_event_type = 'Lock')");
            await transaction.CommitAsync();
        }

        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        await bench.AuditAsync();
    }

    [Fact]
    public async Task Fault_30_a_text_that_changes_while_it_is_encoded_never_gets_the_old_vector()
    {
        await using var bench = await FaultBench.CreateAsync();
        var tool = bench.Start(failpoint: FaultBench.WaitAfterRead);

        await bench.BetweenReadAndWriteAsync(() => bench.Table.ChangeAsync("sentenceid <= 100"));

        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        (await bench.AuditAsync()).Writes.ShouldBe(600);
    }

    [Fact]
    public async Task Fault_31_a_row_that_is_deleted_while_it_is_encoded_is_no_error()
    {
        await using var bench = await FaultBench.CreateAsync();
        var tool = bench.Start(failpoint: FaultBench.WaitAfterRead);

        await bench.BetweenReadAndWriteAsync(() => bench.Table.ExecuteAsync("DELETE FROM public.sentences WHERE sentenceid <= 100"));

        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        (await bench.AuditAsync()).Writes.ShouldBe(590);
        (await bench.Table.ScalarAsync<long>("SELECT count(*) FROM sentence_metrics")).ShouldBe(590);
    }

    [Fact]
    public async Task Fault_32_rows_committed_behind_the_frontier_are_found()
    {
        await using var bench = await FaultBench.CreateAsync();
        // Numbers are drawn now and committed late, as sequences do.
        await using var connection = await bench.Table.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand(
            "INSERT INTO sentences (sentenceid, version, hawaiiantext) SELECT 15, v, oracle.text(15, v) FROM (SELECT nextval('oracle.version')::integer AS v) AS drawn",
            connection, transaction))
        {
            await insert.ExecuteNonQueryAsync();
        }

        var tool = bench.Start("--sleep 0.1");
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        await transaction.CommitAsync();
        await bench.Table.InsertAsync("SELECT 5 UNION ALL SELECT 25");

        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        (await bench.AuditAsync()).Writes.ShouldBe(603);
    }

    [Fact]
    public async Task Fault_35_columns_added_and_dropped_during_a_run()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 1500);
        var tool = bench.Start("--sleep 0.1");
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        await bench.Table.ExecuteAsync("ALTER TABLE sentences ADD COLUMN remark text DEFAULT 'none'");
        await bench.Table.ExecuteAsync("ALTER TABLE sentences DROP COLUMN remark");
        (await tool.WaitAsync()).ExitCode.ShouldBe(0, tool.Errors);
        await bench.AuditAsync();

        await bench.Table.ChangeAsync("true");
        var next = bench.Start("--sleep 0.1");
        await next.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));
        await bench.Table.ExecuteAsync("ALTER TABLE sentences RENAME COLUMN hawaiiantext TO hidden");

        var stopped = await next.WaitAsync();
        stopped.ExitCode.ShouldBe(5, stopped.Errors);
        await bench.Table.ExecuteAsync("ALTER TABLE sentences RENAME COLUMN hidden TO hawaiiantext");
        await bench.FinishAsync();
    }

    [Theory]
    [InlineData("ALTER TABLE sentences RENAME TO elsewhere", 5)]
    [InlineData("DROP TABLE sentences", 5)]
    [InlineData("TRUNCATE sentences", 0)]
    public async Task Fault_36_a_table_that_goes_away_during_a_run(string statement, int code)
    {
        await using var bench = await FaultBench.CreateAsync(rows: 2000);
        var tool = bench.Start("--sleep 0.1");
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));

        await bench.Table.ExecuteAsync(statement);

        var result = await tool.WaitAsync();
        result.ExitCode.ShouldBe(code, result.Errors);
    }

    [Fact]
    public async Task Fault_37_rows_without_text_are_no_candidates()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 10);
        await bench.Table.ExecuteAsync("""
            UPDATE sentences SET hawaiiantext = CASE sentenceid WHEN 10 THEN NULL WHEN 20 THEN '' WHEN 30 THEN E' \t\n' ELSE U&'\00a0\2003' END
            WHERE sentenceid <= 40
            """);

        await bench.FinishAsync();

        (await bench.Table.ScalarAsync<long>("SELECT count(*) FROM sentences WHERE embedding IS NULL")).ShouldBe(4);
    }

    [Fact]
    public async Task Fault_38_very_long_texts()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 5);
        await bench.Table.ExecuteAsync("UPDATE sentences SET hawaiiantext = repeat('he makani ', 100000) WHERE sentenceid = 10");
        await bench.Table.ExecuteAsync("UPDATE sentences SET hawaiiantext = repeat('he makani ', 2000000) WHERE sentenceid = 20");

        (await bench.RunAsync()).ExitCode.ShouldBe(0);

        (await bench.Table.ScalarAsync<long>("SELECT count(*) FROM sentences WHERE embedding IS NULL")).ShouldBe(0);
        (await bench.Table.ScalarAsync<int>("SELECT length FROM sentence_metrics WHERE sentenceid = 10")).ShouldBe(1_000_000);
    }

    [Fact]
    public async Task Fault_39_texts_that_are_hard_to_read()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 5);
        await bench.Table.ExecuteAsync("""
            UPDATE sentences SET hawaiiantext = CASE sentenceid
                WHEN 10 THEN U&'\202e\05d0\05d1\05d2' WHEN 20 THEN U&'\+01f469\200d\+01f469\200d\+01f466'
                WHEN 30 THEN 'a' || repeat(U&'\0301', 1000000) WHEN 40 THEN '\u0000 \ud800' ELSE U&'\fffd' END
            """);

        (await bench.RunAsync()).ExitCode.ShouldBe(0);

        (await bench.Table.ScalarAsync<long>("SELECT count(*) FROM sentences WHERE embedding IS NULL")).ShouldBe(0);
    }

    [Fact]
    public async Task Fault_48_a_dropped_state_schema_stops_the_run_and_costs_nothing()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 2000);
        var tool = bench.Start("--sleep 0.1");
        await tool.WaitForLineAsync(line => line.StartsWith("Processed batch", StringComparison.Ordinal));

        await bench.Table.ExecuteAsync("DROP SCHEMA ingest_embeddings CASCADE");

        var result = await tool.WaitAsync();
        result.ExitCode.ShouldBe(5, result.Errors);
        (await bench.FinishAsync()).Writes.ShouldBe(2000);
    }
}
