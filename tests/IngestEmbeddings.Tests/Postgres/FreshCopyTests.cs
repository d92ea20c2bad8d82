using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>The fast way to write metrics that are all new: COPY, and one question about the rows of the batch.</summary>
public sealed class FreshCopyTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly RunRequest MetricsOnly = new() { Work = new MeasureWork(), WindowRows = 10_000 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await fixture.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_batch_of_many_pieces_arrives_as_it_was_sent(bool isPartitioned)
    {
        await CreateAsync(10_000, isPartitioned);

        await using var run = await StartAsync();
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(10_000, Cancel)).ShouldNotBeNull();

        (await session.WriteAsync(BatchOf(window), Cancel)).Written.ShouldBe(window.Count);

        window.Count.ShouldBeGreaterThan(5000);
        (await fixture.Database.ScalarAsync<long>(
            """
            SELECT count(*) FROM notes AS t JOIN notes_metrics AS m USING (id)
            WHERE m.word_count = 2 AND m.length = length(t.text) AND m.word_ratio = 0.5 AND m.entity_count IS NULL
              AND m.frequency IS NULL AND m.updated_at BETWEEN now() - interval '1 minute' AND now()
            """)).ShouldBe(window.Count);
    }

    /// <summary>Of a table in parts, the row that is not of the batch lies where the one that changes lay in its own.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public async Task A_row_that_changed_is_noticed_among_rows_of_the_same_version_that_are_not_of_the_batch(bool isPartitioned)
    {
        await CreateAsync(3, isPartitioned);
        await fixture.Database.ExecuteAsync("INSERT INTO notes_metrics (id, word_count) VALUES (2, 7)");
        await using var run = await StartAsync();
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(3, Cancel)).ShouldNotBeNull();
        window.Texts.ShouldBe(["text 1", "text 3"]);

        // Two rows of the range are in the version that was read, as many as the batch has.
        await fixture.Database.ExecuteAsync("UPDATE notes SET text = 'another text' WHERE id = 1");

        (await session.WriteAsync(BatchOf(window), Cancel)).Written.ShouldBe(1);
        (await fixture.Database.ListAsync<long>("SELECT id FROM notes_metrics ORDER BY id")).ShouldBe([2, 3]);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_row_that_vanished_is_noticed(bool isPartitioned)
    {
        await CreateAsync(3, isPartitioned);
        await using var run = await StartAsync();
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(3, Cancel)).ShouldNotBeNull();

        await fixture.Database.ExecuteAsync("DELETE FROM notes WHERE id = 2");

        (await session.WriteAsync(BatchOf(window), Cancel)).Written.ShouldBe(2);
        (await fixture.Database.ListAsync<long>("SELECT id FROM notes_metrics ORDER BY id")).ShouldBe([1, 3]);
    }

    /// <summary>The count at the end once began with the rows, of which the server knew of none, and took time with their square.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_run_ends_soon_where_the_server_believes_that_no_row_has_a_vector()
    {
        const int Rows = 40_000;
        await CreateAsync(0, isPartitioned: false);
        await fixture.Database.ExecuteAsync("ALTER TABLE notes ALTER embedding TYPE vector(384), SET (autovacuum_enabled = off)");
        await fixture.Database.ExecuteAsync("INSERT INTO notes SELECT i, 'text ' || i FROM generate_series(1, $1) AS i", Rows);
        await fixture.Database.ExecuteAsync("ANALYZE notes");
        await fixture.Database.ExecuteAsync("UPDATE notes SET embedding = (SELECT array_agg(i)::vector FROM generate_series(1, 384) AS i)");
        await using var run = await StartAsync();
        await using var session = await run.OpenSessionAsync(0, Cancel);

        while (await session.ReadAsync(10_000, Cancel) is { } window)
        {
            await session.WriteAsync(BatchOf(window), Cancel);
        }

        (await session.WaitForMoreAsync(Cancel)).ShouldBeFalse();
        (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0));
        (await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM notes_metrics")).ShouldBe(Rows);
    }

    [Fact]
    public async Task A_row_that_changed_is_noticed_where_the_table_was_rewritten_and_others_lie_in_the_places()
    {
        await CreateAsync(4, isPartitioned: false);
        await fixture.Database.ExecuteAsync("INSERT INTO notes_metrics (id, word_count) VALUES (2, 7), (4, 7)");
        await using var run = await StartAsync();
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
        window.Texts.ShouldBe(["text 1", "text 3"]);

        // Rows 2 and 4 move up into the places of 1 and 3, in the version that was read.
        await fixture.Database.ExecuteAsync("UPDATE notes SET text = 'another text' WHERE id = 1");
        await fixture.Database.ExecuteAsync("VACUUM FULL notes");

        (await session.WriteAsync(BatchOf(window), Cancel)).Written.ShouldBe(1);
        (await fixture.Database.ListAsync<long>("SELECT id FROM notes_metrics ORDER BY id")).ShouldBe([2, 3, 4]);
    }

    private static RowBatch BatchOf(RowWindow window) => new()
    {
        Window = window,
        Rows = [.. Enumerable.Range(0, window.Count)],
        Metrics = [.. window.Texts.Select(static text => new TextMetrics(2, text.Length, 0.5f, null, null))],
        CompletesWindow = true,
    };

    // All rows by one statement: their versions are the same.
    private async Task CreateAsync(int rows, bool isPartitioned)
    {
        await fixture.Database.ExecuteAsync(isPartitioned
            ? """
              CREATE TABLE notes (id bigint PRIMARY KEY, text text, embedding vector(4)) PARTITION BY RANGE (id);
              CREATE TABLE notes_1 PARTITION OF notes FOR VALUES FROM (1) TO (2);
              CREATE TABLE notes_2 PARTITION OF notes FOR VALUES FROM (2) TO (100000)
              """
            : "CREATE TABLE notes (id bigint PRIMARY KEY, text text, embedding vector(4))");
        await fixture.Database.ExecuteAsync("INSERT INTO notes SELECT i, 'text ' || i, '[1,0,0,0]' FROM generate_series(1, $1) AS i", rows);
        await fixture.Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4 }, Cancel);
    }

    private async Task<IIngestRun> StartAsync()
    {
        var table = await fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        return await table.StartRunAsync(MetricsOnly, Cancel);
    }
}
