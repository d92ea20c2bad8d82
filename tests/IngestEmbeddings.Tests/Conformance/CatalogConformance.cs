using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Finding a table's columns, and what is said when they are not to be found.</summary>
public abstract class CatalogConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    [Fact]
    public async Task Columns_are_found_whatever_their_names()
    {
        var table = await CreateAsync(new TableSpec("Old Notes") { TextColumns = ["hawaiiantext"], VectorColumns = ["the vector"] });

        table.Description.Name.ShouldEndWith("Old Notes");
        table.Description.TextColumn.ShouldBe("hawaiiantext");
        table.Description.EmbeddingColumn.ShouldBe("the vector");
        table.Description.Dimension.ShouldBe(4);
    }

    [Fact]
    public async Task A_key_of_any_kind_is_found()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var table = await CreateAsync(new TableSpec($"keyed_{kind}") { KeyKind = kind });
            table.Description.KeyColumns.ShouldNotBeEmpty(kind);
        }
    }

    [Fact]
    public async Task An_unknown_table_is_named_with_the_one_that_is_near()
    {
        await CreateAsync("sentences");

        await ShouldBeMisconfiguredAsync(() => OpenAsync("sentense"), "sentense", "sentences");
    }

    [Fact]
    public async Task An_unknown_table_in_an_empty_database_names_init()
    {
        await ShouldBeMisconfiguredAsync(() => OpenAsync("sentences"), "sentences", "init");
    }

    [Fact]
    public async Task A_name_is_never_read_as_sql()
    {
        await CreateAsync("sentences", "aloha");

        await ShouldBeMisconfiguredAsync(() => OpenAsync("sentences\"; DROP TABLE sentences; --"));

        (await Fixture.ReadAsync("sentences")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_table_without_a_key_is_refused()
    {
        await ShouldBeMisconfiguredAsync(
            () => CreateAsync(new TableSpec("keyless") { KeyKind = null, HasMetrics = false }), "keyless", "key");
    }

    [Fact]
    public async Task A_table_without_a_text_column_is_refused()
    {
        await Fixture.CreateTableAsync(new TableSpec("numbers") { TextColumns = [], HasMetrics = false });

        await ShouldBeMisconfiguredAsync(() => OpenAsync("numbers"), "numbers", "--text-column");
    }

    [Fact]
    public async Task Several_text_columns_are_named_and_the_option_decides()
    {
        await Fixture.CreateTableAsync(new TableSpec("letters") { TextColumns = ["sender", "message"], Texts = ["Kimo"] });

        await ShouldBeMisconfiguredAsync(() => OpenAsync("letters"), "sender", "message", "--text-column");

        var table = await Store.OpenTableAsync(new TableRequest { Table = "letters", TextColumn = "sender" }, Cancel);
        table.Description.TextColumn.ShouldBe("sender");
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["Kimo"]);
    }

    [Fact]
    public async Task Among_several_text_columns_the_one_called_text_is_taken()
    {
        var table = await CreateAsync(new TableSpec("letters") { TextColumns = ["text", "sender"] });

        table.Description.TextColumn.ShouldBe("text");
    }

    [Fact]
    public async Task A_table_without_a_vector_column_is_refused_and_init_is_named()
    {
        await Fixture.CreateTableAsync(new TableSpec("notes") { VectorColumns = [], HasMetrics = false });

        await ShouldBeMisconfiguredAsync(() => OpenAsync("notes"), "notes", "init");
    }

    [Fact]
    public async Task Several_vector_columns_are_named_and_the_option_decides()
    {
        await Fixture.CreateTableAsync(new TableSpec("notes") { VectorColumns = ["v_one", "v_two"] });

        await ShouldBeMisconfiguredAsync(() => OpenAsync("notes"), "v_one", "v_two", "--embedding-column");

        var table = await Store.OpenTableAsync(new TableRequest { Table = "notes", EmbeddingColumn = "v_one" }, Cancel);
        table.Description.EmbeddingColumn.ShouldBe("v_one");
    }

    [Fact]
    public async Task A_column_that_is_asked_for_and_missing_is_named()
    {
        await CreateAsync("notes");

        await ShouldBeMisconfiguredAsync(() => OpenAsync(new TableRequest { Table = "notes", IdColumn = "no_id" }), "no_id");
        await ShouldBeMisconfiguredAsync(() => OpenAsync(new TableRequest { Table = "notes", TextColumn = "no_text" }), "no_text");
        await ShouldBeMisconfiguredAsync(() => OpenAsync(new TableRequest { Table = "notes", EmbeddingColumn = "no_vec" }), "no_vec");
    }

    [Fact]
    public async Task A_missing_metrics_table_is_named_with_the_next_step()
    {
        await Fixture.CreateTableAsync(new TableSpec("sentences") { HasMetrics = false });

        await ShouldBeMisconfiguredAsync(() => OpenAsync("sentences"), "sentence_metrics", "init");
    }

    [Fact]
    public async Task A_model_of_another_dimension_is_refused_with_both_named()
    {
        var table = await CreateAsync(new TableSpec("notes") { Dimension = 7, Texts = ["aloha"] });

        await ShouldBeMisconfiguredAsync(() => table.StartRunAsync(WithVectors, Cancel), "7", "4", "test:first");
    }

    private Task<IIngestTable> OpenAsync(TableRequest request) => Store.OpenTableAsync(request, Cancel);
}
