using IngestEmbeddings.Splitting;
using IngestEmbeddings.Sqlite;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Sqlite;

public sealed class ChunkAuditTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chunks").FullName;

    private string File => Path.Combine(_folder, "chunks.db");

    [Fact]
    public async Task A_chunk_with_another_text_is_found_by_the_audit_of_its_table_and_healed_by_the_statement_and_a_split()
    {
        var cancel = TestContext.Current.CancellationToken;
        Execute("CREATE TABLE documents(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO documents(text) VALUES ('It rains. It pours. ' || replace(hex(zeroblob(40)), '00', 'It snows. '))");
        await UpdateAsync(cancel);

        Execute("UPDATE document_chunks SET text = 'x' || text WHERE ordinal = 2");
        var found = (await CheckAsync(cancel)).ShouldHaveSingleItem();
        Execute(found.Statement!);
        await UpdateAsync(cancel);

        found.Keys.ShouldBe(["1"]);
        found.Command!.ToString().ShouldBe("Then: ingest-embeddings split documents");
        (await CheckAsync(cancel)).ShouldBeEmpty();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task UpdateAsync(CancellationToken cancel)
    {
        await using var store = await SqliteStore.OpenAsync(File, cancel);
        var table = await store.OpenDocumentsAsync(new DocumentsRequest { Table = new TableRequest { Table = "documents" } }, cancel);
        var options = new SplitOptions { Tokens = 20 };
        if (await table.ReadRecipeAsync(cancel) is null)
        {
            await table.PrepareAsync(new SplitRecipe(table.Name, "", table.TextColumn, "model", options), cancel);
        }

        await store.InitAsync(new InitRequest { Table = table.Chunks, Dimension = 4 }, cancel);
        await new DocumentUpdate(table, () => new DocumentSplitter(options, new TokenCounter(tokenizer: null)), workers: 1).RunAsync(cancel);
    }

    private async Task<IReadOnlyList<IngestEmbeddings.Verifying.Finding>> CheckAsync(CancellationToken cancel)
    {
        await using var store = await SqliteStore.OpenAsync(File, cancel);
        return await (await store.OpenTableAsync(new TableRequest { Table = "document_chunks" }, cancel)).Audit.CheckTablesAsync(cancel);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = File, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
