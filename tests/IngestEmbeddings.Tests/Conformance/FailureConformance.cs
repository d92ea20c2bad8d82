using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Rows that cannot be done are failed rows: named with their reason, never with their text.</summary>
public abstract class FailureConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    private const string Secret = "kauoha huna";

    [Fact(Timeout = TimeoutMs)]
    public async Task A_failed_row_is_not_offered_again()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"failing_{kind}";
            var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = ["one", Secret, "three"] });

            (await SetSecondAsideAsync(table)).ShouldBe(new RunProof(0, 1), kind);

            (await table.CountPendingAsync(new EmbedWork(Encoder), Cancel)).ShouldBe(0, kind);
            var (offered, proof) = await RunAsync(table, WithVectors);
            offered.ShouldBeEmpty(kind);
            proof.ShouldBe(new RunProof(0, 1), kind);
            var rows = await Fixture.ReadAsync(name);
            rows[2].Vector.ShouldBeNull(kind);
            rows[2].Metrics.ShouldBeNull(kind);
            rows[3].Vector.ShouldBe(VectorOf("three"), kind);
        }
    }

    [Fact]
    public async Task It_is_kept_with_key_stage_and_reason_and_without_its_text()
    {
        await SetSecondAsideAsync(await CreateAsync("notes", "one", Secret, "three"));

        var line = (await Fixture.ReadFailedRowsAsync()).ShouldHaveSingleItem();

        line.ShouldContain(Fixture.DescribeKey("notes", 2));
        line.ShouldContain("encode");
        line.ShouldContain("the model refused it");
        line.ShouldNotContain(Secret);
    }

    [Fact]
    public async Task It_stays_aside_after_the_store_is_opened_again()
    {
        await SetSecondAsideAsync(await CreateAsync("notes", "one", Secret, "three"));

        await Fixture.ReopenAsync();

        (await RunAsync(await OpenAsync("notes"), WithVectors)).Proof.ShouldBe(new RunProof(0, 1));
    }

    [Fact]
    public async Task A_row_whose_text_changed_meanwhile_has_not_failed()
    {
        var table = await CreateAsync("notes", Secret);
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(1, Cancel)).ShouldNotBeNull();
        await Fixture.UpdateTextAsync("notes", 1, "mended");

        await session.WriteAsync(FailingBatch(window, 0), Cancel);

        (await Fixture.ReadFailedRowsAsync()).ShouldBeEmpty();
        (await DrainAsync(session, WithVectors)).ShouldBe(["mended"]);
    }

    [Fact]
    public async Task A_row_of_two_tables_has_failed_in_its_own_table_only()
    {
        var other = await CreateAsync("others", "one", "two", "three");
        await SetSecondAsideAsync(await CreateAsync("notes", "one", Secret, "three"));

        (await RunAsync(other, WithVectors)).Offered.ShouldBe(["one", "two", "three"]);
    }

    private static RowBatch FailingBatch(RowWindow window, int failing)
    {
        int[] rows = [.. Enumerable.Range(0, window.Count).Where(row => row != failing)];
        return new RowBatch
        {
            Window = window,
            Rows = rows,
            Metrics = [.. rows.Select(row => MetricsOf(window.Texts[row]))],
            Vectors = [.. rows.Select(row => (ReadOnlyMemory<float>)VectorOf(window.Texts[row]))],
            Failures = [new RowFailure(failing, "encode", "the model refused it")],
            CompletesWindow = true,
        };
    }

    private static async Task<RunProof> SetSecondAsideAsync(IIngestTable table)
    {
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(3, Cancel)).ShouldNotBeNull();
        (await session.WriteAsync(FailingBatch(window, 1), Cancel)).Written.ShouldBe(2);
        (await DrainAsync(session, WithVectors)).ShouldBeEmpty();
        return await run.FinishAsync(Cancel);
    }
}
