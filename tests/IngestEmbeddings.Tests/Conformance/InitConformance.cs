using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>What <c>init</c> creates, and what it leaves alone.</summary>
public abstract class InitConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    [Fact]
    public async Task An_empty_database_gets_the_table_a_place_for_vectors_and_the_metrics_table()
    {
        var report = await InitAsync("sentences");

        report.Created.ShouldNotBeEmpty();
        report.Created.ShouldContain(line => line.Contains("sentence_metrics", StringComparison.Ordinal));
        report.Table.KeyColumns.ShouldBe(["id"]);
        report.Table.TextColumn.ShouldBe("text");
        report.Table.EmbeddingColumn.ShouldBe("embedding");
        report.Table.Dimension.ShouldBe(4);
        report.Table.MetricsTable.ShouldEndWith("sentence_metrics");
    }

    [Fact]
    public async Task What_was_created_can_be_loaded_and_ingested()
    {
        await InitAsync("sentences");
        await Store.LoadAsync(
            new LoadRequest { Table = new TableRequest { Table = "sentences" } },
            Rows((null, "aloha"), (null, "mahalo nui")),
            Cancel);

        var (offered, proof) = await RunAsync(await OpenAsync("sentences"), WithVectors);

        offered.ShouldBe(["aloha", "mahalo nui"]);
        proof.ShouldBe(new RunProof(0, 0));
        await ShouldBeDoneAsync("sentences");
    }

    [Fact]
    public async Task The_second_time_nothing_is_created()
    {
        var first = await InitAsync("sentences");
        var second = await InitAsync("sentences");

        second.Created.ShouldBeEmpty();
        second.Table.ShouldBeEquivalentTo(first.Table);
    }

    [Fact]
    public async Task A_table_that_is_there_keeps_its_rows_and_gets_only_what_it_lacks()
    {
        await Fixture.CreateTableAsync(new TableSpec("notes")
        {
            VectorColumns = [],
            HasMetrics = false,
            Texts = ["aloha", "mahalo"],
        });

        var report = await InitAsync("notes");

        report.Created.ShouldContain(line => line.Contains("embedding", StringComparison.Ordinal));
        report.Created.ShouldContain(line => line.Contains("notes_metrics", StringComparison.Ordinal));
        report.Table.MetricsTable.ShouldEndWith("notes_metrics");
        (await RunAsync(await OpenAsync("notes"), WithVectors)).Offered.ShouldBe(["aloha", "mahalo"]);
        await ShouldBeDoneAsync("notes");
    }

    [Fact]
    public async Task The_metrics_of_documents_are_in_document_metrics()
    {
        var report = await InitAsync("documents");

        report.Table.MetricsTable.ShouldEndWith("document_metrics");
    }

    [Fact]
    public async Task A_table_with_a_key_of_any_kind_gets_what_it_lacks()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"lacking_{kind}";
            await Fixture.CreateTableAsync(
                new TableSpec(name) { KeyKind = kind, VectorColumns = [], HasMetrics = false, Texts = ["aloha"] });

            await InitAsync(name);

            (await RunAsync(await OpenAsync(name), WithVectors)).Offered.ShouldBe(["aloha"], kind);
            await ShouldBeDoneAsync(name);
        }
    }

    [Fact]
    public async Task A_table_without_a_key_is_refused()
    {
        await Fixture.CreateTableAsync(new TableSpec("keyless") { KeyKind = null, HasMetrics = false });

        await ShouldBeMisconfiguredAsync(() => InitAsync("keyless"), "keyless", "key");
    }

    private Task<InitReport> InitAsync(string table) =>
        Store.InitAsync(new InitRequest { Table = new TableRequest { Table = table }, Dimension = 4 }, Cancel);
}
