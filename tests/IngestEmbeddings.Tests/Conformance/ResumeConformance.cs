using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Work that was left half done is done by the next, and only that; one column never mixes models.</summary>
public abstract class ResumeConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    [Fact(Timeout = TimeoutMs)]
    public async Task What_a_dropped_session_held_is_offered_to_another()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"dropped_{kind}";
            var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = NumberedTexts(10) });
            await using var run = await table.StartRunAsync(WithVectors, Cancel);
            await using (var dropped = await run.OpenSessionAsync(0, Cancel))
            {
                var window = (await dropped.ReadAsync(4, Cancel)).ShouldNotBeNull();
                await dropped.WriteAsync(BatchOf(window, WithVectors, [1, 2], completes: false), Cancel);
                await dropped.ReadAsync(4, Cancel);
            }

            await using var session = await run.OpenSessionAsync(1, Cancel);
            var offered = await DrainAsync(session, WithVectors);

            offered.Order(StringComparer.Ordinal)
                .ShouldBe(NumberedTexts(10).Except(["text 2", "text 3"]).Order(StringComparer.Ordinal), kind);
            (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0), kind);
            await ShouldBeDoneAsync(name);
        }
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_session_that_waits_gets_what_another_gives_back()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using var run = await table.StartRunAsync(WithVectors with { Workers = 2 }, Cancel);
        await using var waiting = await run.OpenSessionAsync(0, Cancel);
        var dropped = await run.OpenSessionAsync(1, Cancel);
        await dropped.ReadAsync(4, Cancel);
        (await waiting.ReadAsync(4, Cancel)).ShouldBeNull();

        var drained = DrainAsync(waiting, WithVectors);
        await dropped.DisposeAsync();

        (await drained).ShouldBe(NumberedTexts(4));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task The_next_process_does_the_rest_and_no_more()
    {
        var table = await CreateAsync("notes", NumberedTexts(12));
        await using (var run = await table.StartRunAsync(WithVectors, Cancel))
        {
            await using var session = await run.OpenSessionAsync(0, Cancel);
            var first = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
            await session.WriteAsync(WholeOf(first, WithVectors), Cancel);
            var second = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
            await session.WriteAsync(BatchOf(second, WithVectors, [0], completes: false), Cancel);
        }

        await Fixture.ReopenAsync();
        var (offered, proof) = await RunAsync(await OpenAsync("notes"), WithVectors);

        offered.Order(StringComparer.Ordinal).ShouldBe(NumberedTexts(12).Skip(5).Order(StringComparer.Ordinal));
        proof.ShouldBe(new RunProof(0, 0));
        await ShouldBeDoneAsync("notes");
    }

    [Fact]
    public async Task Nothing_is_kept_of_a_run_that_wrote_nothing()
    {
        var table = await CreateAsync("notes", NumberedTexts(3));
        await using (var run = await table.StartRunAsync(WithVectors, Cancel))
        {
            await using var session = await run.OpenSessionAsync(0, Cancel);
            await session.ReadAsync(3, Cancel);
        }

        (await RunAsync(table, WithVectors)).Offered.ShouldBe(NumberedTexts(3));
    }

    [Fact]
    public async Task The_proof_counts_what_is_pending()
    {
        var table = await CreateAsync("notes", NumberedTexts(5));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        run.Pending.ShouldBe(5);
        await using (var session = await run.OpenSessionAsync(0, Cancel))
        {
            var window = (await session.ReadAsync(2, Cancel)).ShouldNotBeNull();
            await session.WriteAsync(WholeOf(window, WithVectors), Cancel);
        }

        (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(3, 0));
    }

    [Fact]
    public async Task Rows_added_later_are_the_next_runs_affair()
    {
        var table = await CreateAsync("notes", "one");
        await RunAsync(table, WithVectors);
        await Fixture.InsertAsync("notes", 2, "two");
        await Fixture.InsertAsync("notes", 0, "zero");

        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["zero", "two"]);
    }

    [Fact]
    public async Task A_column_filled_by_another_model_is_refused_with_both_named()
    {
        var table = await CreateAsync("notes", "one");
        await RunAsync(table, WithVectors);
        await Fixture.InsertAsync("notes", 2, "two");
        var second = WithVectors with { Work = new EmbedWork(Encoder with { Model = "test:second", Fingerprint = "f2" }) };

        await ShouldBeMisconfiguredAsync(() => table.StartRunAsync(second, Cancel), "test:first", "test:second");

        await Fixture.ReopenAsync();
        var reopened = await OpenAsync("notes");
        await ShouldBeMisconfiguredAsync(() => reopened.StartRunAsync(second, Cancel), "test:first", "test:second");
        (await RunAsync(reopened, WithVectors)).Offered.ShouldBe(["two"]);
    }
}
