using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>The fast way to write metrics that are all new: COPY, and one question about the range of the batch.</summary>
public sealed class FreshCopyTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly RunRequest MetricsOnly = new() { WindowRows = 10_000 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await fixture.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_batch_of_many_pieces_arrives_as_it_was_sent()
    {
        await CreateAsync(10_000);

        await using var run = await StartAsync();
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(10_000, Cancel)).ShouldNotBeNull();

        (await session.WriteAsync(BatchOf(window), Cancel)).ShouldBe(window.Count);

        window.Count.ShouldBeGreaterThan(5000);
        (await fixture.Database.ScalarAsync<long>(
            """
            SELECT count(*) FROM notes AS t JOIN notes_metrics AS m USING (id)
            WHERE m.word_count = 2 AND m.length = length(t.text) AND m.word_ratio = 0.5 AND m.entity_count IS NULL
              AND m.frequency IS NULL AND m.updated_at BETWEEN now() - interval '1 minute' AND now()
            """)).ShouldBe(window.Count);
    }

    [Fact]
    public async Task A_row_that_changed_is_noticed_among_rows_of_the_same_version_that_are_not_of_the_batch()
    {
        await CreateAsync(3);
        await fixture.Database.ExecuteAsync("INSERT INTO notes_metrics (id, word_count) VALUES (2, 7)");
        await using var run = await StartAsync();
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(3, Cancel)).ShouldNotBeNull();
        window.Texts.ShouldBe(["text 1", "text 3"]);

        // Two rows of the range are in the version that was read, as many as the batch has.
        await fixture.Database.ExecuteAsync("UPDATE notes SET text = 'another text' WHERE id = 1");

        (await session.WriteAsync(BatchOf(window), Cancel)).ShouldBe(1);
        (await fixture.Database.ListAsync<long>("SELECT id FROM notes_metrics ORDER BY id")).ShouldBe([2, 3]);
    }

    [Fact]
    public async Task A_row_that_vanished_is_noticed()
    {
        await CreateAsync(3);
        await using var run = await StartAsync();
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(3, Cancel)).ShouldNotBeNull();

        await fixture.Database.ExecuteAsync("DELETE FROM notes WHERE id = 2");

        (await session.WriteAsync(BatchOf(window), Cancel)).ShouldBe(2);
        (await fixture.Database.ListAsync<long>("SELECT id FROM notes_metrics ORDER BY id")).ShouldBe([1, 3]);
    }

    private static RowBatch BatchOf(RowWindow window) => new()
    {
        Window = window,
        Rows = [.. Enumerable.Range(0, window.Count)],
        Metrics = [.. window.Texts.Select(static text => new TextMetrics(2, text.Length, 0.5f, null, null))],
        CompletesWindow = true,
    };

    // All rows by one statement: their versions are the same.
    private async Task CreateAsync(int rows)
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE notes (id bigint PRIMARY KEY, text text, embedding vector(4))");
        await fixture.Database.ExecuteAsync("INSERT INTO notes SELECT i, 'text ' || i, '[1,0,0,0]' FROM generate_series(1, $1) AS i", rows);
        await fixture.Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4 }, Cancel);
    }

    private async Task<IIngestRun> StartAsync()
    {
        var table = await fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        return await table.StartRunAsync(MetricsOnly, Cancel);
    }
}
