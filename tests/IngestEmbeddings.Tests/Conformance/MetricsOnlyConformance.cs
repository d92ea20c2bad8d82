using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Runs without a model: rows that have an embedding and no metrics.</summary>
public abstract class MetricsOnlyConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    [Fact(Timeout = TimeoutMs)]
    public async Task Only_rows_with_an_embedding_and_no_metrics_are_offered()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"measured_{kind}";
            var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = NumberedTexts(9) });
            await RunAsync(table, WithVectors);
            await Fixture.ClearMetricsAsync(name);
            await Fixture.SetVectorAsync(name, 4, null);

            (await table.CountPendingAsync(new MeasureWork(), Cancel)).ShouldBe(8, kind);
            var (offered, proof) = await RunAsync(table, MetricsOnly);

            offered.ShouldBe(NumberedTexts(9).Where(text => text != "text 4"), kind);
            proof.ShouldBe(new RunProof(0, 0), kind);
            var rows = await Fixture.ReadAsync(name);
            rows[4].Metrics.ShouldBeNull(kind);
            ShouldBeMetricsOf(rows[5], kind);
            rows[5].Vector.ShouldBe(VectorOf("text 5"), kind);
        }
    }

    [Fact]
    public async Task A_second_run_finds_nothing()
    {
        var table = await CreateAsync("notes", "one", "two");
        await RunAsync(table, WithVectors);
        await Fixture.ClearMetricsAsync("notes");
        await RunAsync(table, MetricsOnly);

        var (offered, proof) = await RunAsync(table, MetricsOnly);

        offered.ShouldBeEmpty();
        proof.ShouldBe(new RunProof(0, 0));
    }

    [Fact]
    public async Task A_row_whose_text_changed_meanwhile_is_offered_again()
    {
        var table = await CreateAsync("notes", "one", "two");
        await RunAsync(table, WithVectors);
        await Fixture.ClearMetricsAsync("notes");
        await using var run = await table.StartRunAsync(MetricsOnly, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(2, Cancel)).ShouldNotBeNull();
        await Fixture.UpdateTextAsync("notes", 1, "one more word");

        (await session.WriteAsync(WholeOf(window, MetricsOnly), Cancel)).Written.ShouldBe(1);

        (await Fixture.ReadAsync("notes"))[1].Metrics.ShouldBeNull();
        (await DrainAsync(session, MetricsOnly)).ShouldBe(["one more word"]);
        ShouldBeMetricsOf((await Fixture.ReadAsync("notes"))[1], "row 1");
    }
}
