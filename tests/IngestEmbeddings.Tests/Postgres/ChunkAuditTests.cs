using IngestEmbeddings.Splitting;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Verifying;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>Chunks out of step with their documents, as <c>verify</c> of their table finds them.</summary>
public sealed class ChunkAuditTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await fixture.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("UPDATE document_chunks SET text = 'x' || text WHERE ordinal = 2", true)]
    [InlineData("UPDATE documents SET text = text || ' It hails.'", false)]
    [InlineData("DELETE FROM documents", false)]
    public async Task What_is_out_of_step_is_found_by_the_audit_of_its_table_and_healed_as_it_says(string fault, bool hasStatement)
    {
        await fixture.Database.ExecuteAsync(
            "CREATE TABLE documents (id bigint PRIMARY KEY, text text); INSERT INTO documents VALUES (1, 'It rains. It pours. ' || repeat('It snows. ', 40))");
        await SplitAsync();
        (await CheckAsync()).ShouldBeEmpty();

        await fixture.Database.ExecuteAsync(fault);
        var found = (await CheckAsync()).ShouldHaveSingleItem();
        if (hasStatement)
        {
            await fixture.Database.ExecuteAsync(found.Statement.ShouldNotBeNull());
        }

        await SplitAsync();

        found.Keys.ShouldBe(["1"]);
        found.Command!.ToString().ShouldContain("ingest-embeddings split public.documents");
        (await CheckAsync()).ShouldBeEmpty();
    }

    private async Task SplitAsync()
    {
        var table = await fixture.Store.OpenDocumentsAsync(new DocumentsRequest { Table = new TableRequest { Table = "documents" } }, Cancel);
        var options = new SplitOptions { Tokens = 20 };
        if (await table.ReadRecipeAsync(Cancel) is null)
        {
            await table.PrepareAsync(new SplitRecipe(table.Name, "", table.TextColumn, "model", options), Cancel);
        }

        await fixture.Store.InitAsync(new InitRequest { Table = table.Chunks, Dimension = 4 }, Cancel);
        await new DocumentUpdate(table, () => new DocumentSplitter(options, new TokenCounter(tokenizer: null)), workers: 1).RunAsync(Cancel);
    }

    private async Task<IReadOnlyList<Finding>> CheckAsync() =>
        await (await fixture.Store.OpenTableAsync(new TableRequest { Table = "document_chunks" }, Cancel)).Audit.CheckTablesAsync(Cancel);
}
