using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Copies to try writing on.</summary>
public abstract class ScratchConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    [Fact(Timeout = TimeoutMs)]
    public async Task A_copy_is_run_over_like_the_table_and_the_table_is_left_alone()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"copied_{kind}";
            var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = [.. NumberedTexts(5), null, " "] });
            await Fixture.SetVectorAsync(name, 2, VectorOf("text 2"));
            var before = await Fixture.ReadAsync(name);
            await using (var scratch = await table.CreateScratchAsync(new ScratchRequest(100, KeepVectors: false), Cancel))
            {
                (await scratch.Table.CountPendingAsync(new EmbedWork(Encoder), Cancel)).ShouldBe(5, kind);
                var (offered, proof) = await RunAsync(scratch.Table, WithVectors);

                offered.ShouldBe(NumberedTexts(5), kind);
                proof.ShouldBe(new RunProof(0, 0), kind);
                (await scratch.Table.CountPendingAsync(new EmbedWork(Encoder), Cancel)).ShouldBe(0, kind);
            }

            var after = await Fixture.ReadAsync(name);
            after.Keys.ShouldBe(before.Keys, kind);
            after.ShouldAllBe(row => row.Value.Text == before[row.Key].Text && row.Value.Metrics == null);
            after.Where(row => row.Value.Vector is not null).Select(row => row.Key).ShouldBe([2], kind);
            (await table.CountPendingAsync(new EmbedWork(Encoder), Cancel)).ShouldBe(4, kind);
        }
    }

    [Fact]
    public async Task A_copy_for_metrics_alone_has_the_rows_with_vectors()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await Fixture.SetVectorAsync("notes", 1, VectorOf("text 1"));
        await Fixture.SetVectorAsync("notes", 3, VectorOf("text 3"));
        await using var scratch = await table.CreateScratchAsync(new ScratchRequest(100, KeepVectors: true), Cancel);

        (await RunAsync(scratch.Table, MetricsOnly)).Offered.ShouldBe(["text 1", "text 3"]);
    }

    [Fact]
    public async Task A_copy_has_no_more_rows_than_asked_for()
    {
        var table = await CreateAsync("notes", NumberedTexts(9));
        await using var scratch = await table.CreateScratchAsync(new ScratchRequest(4, KeepVectors: false), Cancel);

        (await scratch.Table.CountPendingAsync(new EmbedWork(Encoder), Cancel)).ShouldBe(4);
    }

    [Fact]
    public async Task A_model_that_the_column_does_not_belong_to_can_be_tried()
    {
        var table = await CreateAsync("notes", NumberedTexts(2));
        await RunAsync(table, WithVectors);
        await using (var scratch = await table.CreateScratchAsync(new ScratchRequest(4, KeepVectors: false), Cancel))
        {
            await RunAsync(scratch.Table, WithVectors with { Work = new EmbedWork(Encoder with { Model = "test:second", Fingerprint = "f2" }) });
        }

        await ShouldBeDoneAsync("notes");
        (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 0));
    }

    [Fact]
    public async Task One_copy_after_the_other_can_be_made()
    {
        var table = await CreateAsync("notes", NumberedTexts(3));
        for (var time = 0; time < 3; time++)
        {
            await using var scratch = await table.CreateScratchAsync(new ScratchRequest(100, KeepVectors: false), Cancel);
            (await RunAsync(scratch.Table, WithVectors)).Offered.Count.ShouldBe(3);
        }
    }
}
