using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Metrics that are made again for every row that has a vector.</summary>
public abstract class RecomputeConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    private static readonly MetricsRecipe Plain = new("none", "none", "heuristic");

    private static readonly MetricsRecipe Other = Plain with { Lexicon = "0a1b2c3d4e5f (20 words)" };

    private static RunRequest Recompute => MetricsOnly with { Work = new MeasureWork { Recompute = true } };

    [Fact(Timeout = TimeoutMs)]
    public async Task Every_row_with_a_vector_is_done_again_and_only_once()
    {
        foreach (var layout in Fixture.Layouts)
        {
            var name = $"again_{layout.Place}_{layout.Form}".ToLowerInvariant();
            var table = await CreateAsync(new TableSpec(name) { Layout = layout, Texts = [.. NumberedTexts(9), "one", "one"] });
            await RunAsync(table, WithVectors);

            var (offered, proof) = await RunAsync(table, Recompute with { Frequency = true });

            offered.Count.ShouldBe(11, name);
            offered.Count(text => text == "one").ShouldBe(2, name);
            proof.ShouldBe(new RunProof(0, 0), name);
            var rows = await Fixture.ReadAsync(name);
            rows[3].Metrics!.Value.Frequency.ShouldBe(1, name);
            rows[11].Metrics!.Value.Frequency.ShouldBe(2, name);
            rows[11].HasCurrentHash.ShouldBeTrue(name);
            (await RunAsync(table, MetricsOnly)).Offered.ShouldBeEmpty(name);
        }
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_stopped_run_is_resumed_where_it_stopped()
    {
        var table = await CreateAsync("notes", NumberedTexts(10));
        await RunAsync(table, WithVectors);
        await using (var run = await table.StartRunAsync(Recompute, Cancel))
        await using (var session = await run.OpenSessionAsync(0, Cancel))
        {
            var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
            (await session.WriteAsync(WholeOf(window, Recompute), Cancel)).Written.ShouldBe(4);
        }

        (await RunAsync(table, Recompute)).Offered.ShouldBe(NumberedTexts(10).Skip(4));

        (await RunAsync(table, Recompute)).Offered.Count.ShouldBe(10);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_changed_text_stays_pending_though_its_metrics_are_made_again()
    {
        var table = await CreateAsync("notes", NumberedTexts(3));
        await RunAsync(table, WithVectors);
        await Fixture.UpdateTextAsync("notes", 2, "another text");

        await RunAsync(table, Recompute);

        ShouldBeMetricsOf((await Fixture.ReadAsync("notes"))[2], "row 2");
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["another text"]);
    }

    [Fact]
    public async Task Metrics_of_another_recipe_are_told_unless_all_are_made_again()
    {
        var notices = new Notices();
        var table = await CreateAsync("notes", NumberedTexts(2));
        await RunAsync(table, WithVectors with { Recipe = Plain, Observer = notices });
        notices.Texts.ShouldBeEmpty();

        await RunAsync(table, WithVectors with { Recipe = Other, Observer = notices });
        notices.Texts.ShouldHaveSingleItem().ShouldContain("with lexicon none; this one has lexicon 0a1b2c3d4e5f (20 words)");

        await RunAsync(table, Recompute with { Recipe = Other, Observer = notices });
        await RunAsync(table, WithVectors with { Recipe = Other, Observer = notices });
        notices.Texts.Count.ShouldBe(1);
    }
}
