using IngestEmbeddings.Splitting;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Chunks that are kept in step with their documents.</summary>
public abstract class DocumentConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    private static readonly SplitOptions Options = new() { Tokens = 16 };

    private static readonly string Long = string.Concat(Enumerable.Range(1, 30).Select(static number => $"Sentence {number} is here 😀. "));

    [Fact]
    public async Task Documents_are_split_once_and_chunks_are_their_text()
    {
        var table = await CreateDocumentsAsync("One sentence.", Long, null, "  ");

        var summary = await SplitAsync(table);
        var chunks = await ChunksAsync();
        var again = await SplitAsync(table);

        summary.ShouldBe(new SplitSummary { Documents = 2, New = chunks.Count });
        again.ShouldBe(new SplitSummary());
        (await table.CheckAsync(Cancel)).ShouldBeEmpty();
        chunks.Count.ShouldBeGreaterThan(10);
        string.Concat(chunks.Skip(1)).Replace(" ", "", StringComparison.Ordinal).ShouldBe(Long.Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_changed_document_keeps_the_chunks_that_it_still_has()
    {
        var table = await CreateDocumentsAsync(Long);
        var first = await SplitAsync(table);

        await Fixture.UpdateTextAsync("documents", 1, Long.Replace("Sentence 15 is", "Number 15 was", StringComparison.Ordinal));
        (await table.CheckAsync(Cancel)).ShouldHaveSingleItem().Keys.ShouldBe(["1"]);
        var second = await SplitAsync(table);

        second.New.ShouldBeInRange(1, 2);
        second.Kept.ShouldBeGreaterThan(first.New - 3);
        (await table.CheckAsync(Cancel)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Chunks_with_their_headings_are_in_step()
    {
        var options = Options with { Tokens = 30, By = SplitBy.Markdown, HeadingContext = true };
        var table = await CreateDocumentsAsync("# Rain\n\n" + Long);

        await new DocumentUpdate(table, () => new DocumentSplitter(options, new TokenCounter(tokenizer: null)), workers: 1).RunAsync(Cancel);

        (await table.CheckAsync(Cancel)).ShouldBeEmpty();
        (await ChunksAsync()).Skip(1).ShouldAllBe(static chunk => chunk.StartsWith("# Rain\n\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Chunks_of_documents_that_are_gone_or_blank_are_removed()
    {
        var table = await CreateDocumentsAsync("One.", "Two.", "Three.");
        await SplitAsync(table);

        await Fixture.UpdateTextAsync("documents", 2, " ");
        await Fixture.DeleteAsync("documents", 3);
        (await SplitAsync(table)).Pruned.ShouldBe(2);

        (await ChunksAsync()).ShouldBe(["One."]);
    }

    /// <summary>Where the document were read for each of its chunks, this would take minutes instead of seconds.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_long_document_is_not_read_again_for_each_of_its_chunks()
    {
        var sentences = Enumerable.Range(1, 100_000).Select(static number => $"Sentence {number} is a part of it. ").ToArray();
        var table = await CreateDocumentsAsync(string.Concat(sentences));
        var first = await SplitAsync(table);

        sentences[50_000] = "Another one. ";
        await Fixture.UpdateTextAsync("documents", 1, string.Concat(sentences));
        var second = await SplitAsync(table);

        first.New.ShouldBeGreaterThan(50_000);
        second.New.ShouldBeInRange(1, 2);
    }

    [Fact]
    public async Task A_document_that_changes_while_it_is_split_is_not_written()
    {
        var table = await CreateDocumentsAsync("Old words.");
        var read = (await table.ReadAsync(null, 10, Cancel)).ShouldHaveSingleItem();

        await Fixture.UpdateTextAsync("documents", 1, "New words.");
        (await table.ReplaceAsync(read, Splitter().Split(read.Text, []), Cancel)).ShouldBeFalse();

        (await SplitAsync(table)).Documents.ShouldBe(1);
        (await ChunksAsync()).ShouldBe(["New words."]);
    }

    [Fact]
    public async Task A_document_that_another_process_has_split_is_not_split_twice()
    {
        var table = await CreateDocumentsAsync(Long);
        var (mine, theirs) = ((await table.ReadAsync(null, 10, Cancel))[0], (await table.ReadAsync(null, 10, Cancel))[0]);

        (await table.ReplaceAsync(theirs, Splitter().Split(theirs.Text, []), Cancel)).ShouldBeTrue();
        (await table.ReplaceAsync(mine, Splitter().Split(mine.Text, []), Cancel)).ShouldBeFalse();

        (await ChunksAsync()).Count.ShouldBe(Splitter().Split(Long, []).Count);
    }

    [Fact]
    public async Task How_chunks_are_made_is_recorded_and_preparing_again_removes_them()
    {
        var table = await CreateDocumentsAsync("One.");
        await SplitAsync(table);
        var recorded = await table.ReadRecipeAsync(Cancel);

        recorded.ShouldBe(Recipe(table));
        await table.PrepareAsync(recorded! with { Options = new SplitOptions { Tokens = 20, By = SplitBy.Markdown, HeadingContext = true } }, Cancel);

        (await table.ReadRecipeAsync(Cancel))!.Options.Tokens.ShouldBe(20);
        (await table.CountPendingAsync(Cancel)).ShouldBe(1);
    }

    [Fact]
    public async Task Windows_go_through_all_documents_in_the_order_of_their_keys()
    {
        var table = await CreateDocumentsAsync([.. NumberedTexts(9)]);

        var texts = new List<string>();
        PendingDocument? last = null;
        while (await table.ReadAsync(last, 4, Cancel) is { Count: > 0 } window)
        {
            texts.AddRange(window.Select(static one => one.Text));
            last = window[^1];
        }

        texts.ShouldBe(NumberedTexts(9));
    }

    private static DocumentSplitter Splitter() => new(Options, new TokenCounter(tokenizer: null));

    private static SplitRecipe Recipe(IDocumentTable table) => new(table.Name, "", table.TextColumn, "a model; with = signs", Options);

    private static Task<SplitSummary> SplitAsync(IDocumentTable table) => new DocumentUpdate(table, Splitter, workers: 2).RunAsync(Cancel);

    private async Task<IDocumentTable> CreateDocumentsAsync(params IReadOnlyList<string?> texts)
    {
        await Fixture.CreateTableAsync(new TableSpec("documents") { Texts = texts });
        var table = await Store.OpenDocumentsAsync(new DocumentsRequest { Table = new TableRequest { Table = "documents" } }, Cancel);
        (await table.ReadRecipeAsync(Cancel)).ShouldBeNull();
        await table.PrepareAsync(Recipe(table), Cancel);
        return table;
    }

    // As an ordinary run reads them.
    private async Task<IReadOnlyList<string>> ChunksAsync()
    {
        await Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "document_chunks" }, Dimension = 4 }, Cancel);
        var chunks = await OpenAsync("document_chunks");
        chunks.Description.DocumentColumns.ShouldBe(["document_id"]);
        await using var run = await chunks.StartRunAsync(WithVectors with { WindowRows = 1000 }, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        return await session.ReadAsync(1000, Cancel) is { } window ? window.Texts : [];
    }
}
