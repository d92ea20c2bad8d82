using IngestEmbeddings.Postgres;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>In a database in SQL_ASCII, a row whose text or key is no UTF-8 is one failed row, and the others are done.</summary>
public sealed class C15EncodingTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData("text", 1, 'k', "the text is not UTF-8")]
    [InlineData("text", 5, 'k', "the text is not UTF-8")]
    [InlineData("text", 9, 'k', "the text is not UTF-8")]
    [InlineData("id", 1, 'k', "the key is not UTF-8")]
    [InlineData("id", 5, 'k', "the key is not UTF-8")]
    [InlineData("id", 9, 'z', "the key is not UTF-8")]
    public async Task One_row_fails_and_the_others_are_done(string column, int row, char first, string reason)
    {
        await using var database = await PostgresDatabase.CreateAsync("SQL_ASCII");
        await database.ExecuteAsync(
            $"""
            CREATE TABLE notes (id text PRIMARY KEY, text text);
            INSERT INTO notes SELECT 'k' || n, 'row ' || n FROM generate_series(1, 9) n;
            UPDATE notes SET {column} = convert_from(decode(to_hex(ascii('{first}')) || '3{row}e9ff', 'hex'), 'SQL_ASCII') WHERE id = 'k{row}';
            """);
        await using var store = await PostgresStore.OpenAsync(new PostgresOptions { ConnectionString = database.ConnectionString }, Cancel);
        await store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4 }, Cancel);
        var table = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);

        (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 1));

        (await database.ScalarAsync<long>("SELECT count(*) FROM notes n JOIN notes_metrics m USING (id) WHERE n.embedding IS NOT NULL")).ShouldBe(8);
        (await table.ReadStatusAsync(10, Cancel)).FailedRows.ShouldHaveSingleItem().Reason.ShouldBe(reason);
        (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 1));
    }

    [Fact]
    public async Task A_row_whose_text_is_corrected_is_done()
    {
        await using var database = await PostgresDatabase.CreateAsync("SQL_ASCII");
        await database.ExecuteAsync(
            """
            CREATE TABLE notes (id int PRIMARY KEY, text text);
            INSERT INTO notes VALUES (1, 'one'), (2, convert_from('\xe974e9'::bytea, 'SQL_ASCII')), (3, 'ʻōlelo');
            """);
        await using var store = await PostgresStore.OpenAsync(new PostgresOptions { ConnectionString = database.ConnectionString }, Cancel);
        await store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4 }, Cancel);
        var table = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 1));

        await database.ExecuteAsync("UPDATE notes SET text = 'été' WHERE id = 2");

        (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 0));
    }
}
