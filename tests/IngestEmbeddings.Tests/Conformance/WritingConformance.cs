using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>What a write changes, and which rows it must leave alone.</summary>
public abstract class WritingConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    [Fact]
    public async Task Vectors_and_metrics_are_written_together()
    {
        var table = await CreateAsync("notes", "one", "two words", "three");
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(3, Cancel)).ShouldNotBeNull();

        (await session.WriteAsync(BatchOf(window, WithVectors, [0, 1], completes: false), Cancel)).Written.ShouldBe(2);

        var rows = await Fixture.ReadAsync("notes");
        rows[2].Vector.ShouldBe(VectorOf("two words"));
        ShouldBeMetricsOf(rows[2], "row 2");
        rows[3].Vector.ShouldBeNull();
        rows[3].Metrics.ShouldBeNull();
    }

    [Fact]
    public async Task Metrics_that_were_not_measured_are_null()
    {
        var table = await CreateAsync("notes", "one");
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(1, Cancel)).ShouldNotBeNull();

        await session.WriteAsync(
            new() { Window = window, Rows = [0], Metrics = [new(1, 3, null, null, null)], Vectors = [VectorOf("one")], CompletesWindow = true },
            Cancel);

        (await Fixture.ReadAsync("notes"))[1].Metrics.ShouldBe(new(1, 3, null, null, null));
    }

    [Fact]
    public async Task Batches_of_a_window_may_be_written_in_any_order()
    {
        var table = await CreateAsync("notes", NumberedTexts(6));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(6, Cancel)).ShouldNotBeNull();

        (await session.WriteAsync(BatchOf(window, WithVectors, [4, 5], completes: false), Cancel)).Written.ShouldBe(2);
        (await session.WriteAsync(BatchOf(window, WithVectors, [0, 2], completes: false), Cancel)).Written.ShouldBe(2);
        (await session.WriteAsync(BatchOf(window, WithVectors, [1, 3], completes: true), Cancel)).Written.ShouldBe(2);

        (await DrainAsync(session, WithVectors)).ShouldBeEmpty();
        await ShouldBeDoneAsync("notes");
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_row_whose_text_changed_meanwhile_is_not_written_and_is_offered_again()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"changed_{kind}";
            var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = NumberedTexts(4) });
            await using var run = await table.StartRunAsync(WithVectors, Cancel);
            await using var session = await run.OpenSessionAsync(0, Cancel);
            var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
            await Fixture.UpdateTextAsync(name, 2, "TEXT 2");

            (await session.WriteAsync(WholeOf(window, WithVectors), Cancel)).Written.ShouldBe(3, kind);

            var changed = (await Fixture.ReadAsync(name))[2];
            changed.Vector.ShouldBeNull(kind);
            changed.Metrics.ShouldBeNull(kind);
            (await DrainAsync(session, WithVectors)).ShouldBe(["TEXT 2"], kind);
            (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0), kind);
            await ShouldBeDoneAsync(name);
        }
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_row_that_was_deleted_meanwhile_vanishes()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
        await Fixture.DeleteAsync("notes", 3);

        (await session.WriteAsync(WholeOf(window, WithVectors), Cancel)).Written.ShouldBe(3);

        (await DrainAsync(session, WithVectors)).ShouldBeEmpty();
        (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0));
        (await Fixture.ReadAsync("notes")).Keys.Order().ShouldBe([1, 2, 4]);
        await ShouldBeDoneAsync("notes");
    }

    [Fact]
    public async Task A_row_that_was_done_meanwhile_keeps_its_vector()
    {
        float[] other = [9, 8, 7, 6];
        var table = await CreateAsync("notes", "one", "two");
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(2, Cancel)).ShouldNotBeNull();
        await Fixture.SetVectorAsync("notes", 1, other);

        (await session.WriteAsync(WholeOf(window, WithVectors), Cancel)).Written.ShouldBe(1);

        (await Fixture.ReadAsync("notes"))[1].Vector.ShouldBe(other);
    }

    [Fact]
    public async Task An_empty_last_batch_completes_its_window()
    {
        var table = await CreateAsync("notes", "one");
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(1, Cancel)).ShouldNotBeNull();
        await session.WriteAsync(BatchOf(window, WithVectors, [0], completes: false), Cancel);

        (await session.WriteAsync(BatchOf(window, WithVectors, [], completes: true), Cancel)).Written.ShouldBe(0);

        (await DrainAsync(session, WithVectors)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cancelled_write_throws_and_writes_nothing()
    {
        var table = await CreateAsync("notes", "one");
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(1, Cancel)).ShouldNotBeNull();

        await Should.ThrowAsync<OperationCanceledException>(
            async () => await session.WriteAsync(WholeOf(window, WithVectors), new CancellationToken(canceled: true)));

        (await Fixture.ReadAsync("notes"))[1].Vector.ShouldBeNull();
    }
}
