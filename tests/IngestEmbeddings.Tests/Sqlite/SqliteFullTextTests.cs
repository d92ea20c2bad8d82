using IngestEmbeddings.Searching;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Sqlite;

/// <summary>The words of a search, and scans in several parts.</summary>
public sealed class SqliteFullTextTests(SqliteFixture fixture) : IClassFixture<SqliteFixture>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await fixture.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("CREATE VIRTUAL TABLE f USING fts5(text, content='notes', content_rowid='id')")]
    [InlineData("CREATE VIRTUAL TABLE f USING fts5(other, text, content=\"notes\", content_rowid=\"id\")")]
    [InlineData("CREATE VIRTUAL TABLE f USING FTS5 (text, tokenize = 'porter', content_rowid=id, content=notes)")]
    public async Task Rows_that_have_all_words_are_found(string create)
    {
        var table = await CreateAsync("rain on the roof", "a roof", "rain and sun", null);
        Execute($"ALTER TABLE notes ADD COLUMN other TEXT; {create}; INSERT INTO f(f) VALUES ('rebuild')");

        var found = await table.Search.FindAsync(new MatchQuery("Roof, \"rain\" *"), Cancel);

        found.Rows.ShouldHaveSingleItem().Text.ShouldBe("rain on the roof");
        found.Rows[0].Key.ShouldBe(["1"]);
        (await table.Search.FindAsync(new MatchQuery("?!"), Cancel)).Rows.ShouldBeEmpty();
        (await table.Search.FindAsync(new MatchQuery("roof") { Top = 1 }, Cancel)).Rows.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_full_text_of_another_table_is_not_taken()
    {
        var table = await CreateAsync("rain");
        Execute("CREATE TABLE others (id INTEGER PRIMARY KEY, text TEXT); CREATE VIRTUAL TABLE f USING fts5(text, content='others')");

        (await Should.ThrowAsync<IngestException>(() => table.Search.FindAsync(new MatchQuery("rain"), Cancel))).Message.ShouldContain("notes_fts");
    }

    [Fact]
    public async Task The_statement_that_the_refusal_gives_makes_a_full_text()
    {
        var table = await CreateAsync("rain");
        var refusal = await Should.ThrowAsync<IngestException>(() => table.Search.FindAsync(new MatchQuery("rain"), Cancel));

        Execute(refusal.Message.Split("To make one: ")[1]);

        (await table.Search.FindAsync(new MatchQuery("rain"), Cancel)).Rows.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_table_that_is_scanned_in_parts_gives_what_one_scan_gives()
    {
        var table = await CreateAsync();
        Execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90000)
            INSERT INTO notes(id, text, embedding) SELECT i * 3, 'row ' || i, unhex(printf('%08X', i * 2654435761 % 65536) || '0000803F0000000000000000') FROM n
            """);
        var query = new NearestQuery(new float[] { 0, 1, 0, 0 }) { Top = 40 };

        var found = await table.Search.FindAsync(query, Cancel);

        var all = await table.Search.FindAsync(query with { Top = 90_000 }, Cancel);
        all.Rows.Count.ShouldBeGreaterThan(80_000);
        found.Rows.Select(row => row.Score).ShouldBe(all.Rows.Take(40).Select(row => row.Score));
        found.Rows.Select(row => row.Key[0]).ShouldBe(all.Rows.Take(40).Select(row => row.Key[0]));
    }

    private async Task<IIngestTable> CreateAsync(params string?[] texts)
    {
        await fixture.CreateTableAsync(new TableSpec("notes") { Texts = texts });
        return await fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
    }

    private void Execute(string sql)
    {
        using var connection = fixture.Connect();
        using var command = new SqliteCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
