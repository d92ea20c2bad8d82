using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Rows that change and rows that go, in every layout: each ends with the vector, the hash and the metrics of its text.</summary>
public abstract class ChangeConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    [Fact(Timeout = TimeoutMs)]
    public Task A_changed_text_is_pending_and_keeps_its_vector_until_it_is_done_again() => ForEachLayoutAsync(async (name, table, layout) =>
    {
        await Fixture.UpdateTextAsync(name, 2, "another text");

        await ShouldShowAsync(table, pending: 1, gone: 0);
        (await Fixture.ReadAsync(name))[2].Vector.ShouldBe(layout.Kept(VectorOf("text 2")));
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["another text"]);
    });

    [Fact(Timeout = TimeoutMs)]
    public Task A_text_that_changed_back_is_not_pending() => ForEachLayoutAsync(async (name, table, _) =>
    {
        await Fixture.UpdateTextAsync(name, 2, "another text");
        await Fixture.UpdateTextAsync(name, 2, "text 2");

        await ShouldShowAsync(table, pending: 0, gone: 0);
    });

    [Fact(Timeout = TimeoutMs)]
    public Task A_text_that_changed_twice_is_done_once_with_the_last_one() => ForEachLayoutAsync(async (name, table, _) =>
    {
        await Fixture.UpdateTextAsync(name, 2, "another text");
        await Fixture.UpdateTextAsync(name, 2, "a third text");

        await ShouldShowAsync(table, pending: 1, gone: 0);
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["a third text"]);

        await Fixture.UpdateTextAsync(name, 2, "a fourth text");

        await ShouldShowAsync(table, pending: 1, gone: 0);
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["a fourth text"]);
    });

    [Fact(Timeout = TimeoutMs)]
    public Task A_key_that_is_used_again_after_its_row_was_pruned_is_a_new_row() => ForEachLayoutAsync(async (name, table, _) =>
    {
        await Fixture.DeleteAsync(name, 2);
        (await RunAsync(table, WithVectors)).Proof.Pruned.ShouldNotBeNull().Metrics.ShouldBe(1);
        await Fixture.InsertAsync(name, 2, "text 2");

        await ShouldShowAsync(table, pending: 1, gone: 0);
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["text 2"]);
    });

    [Fact(Timeout = TimeoutMs)]
    public Task A_blanked_text_leaves_no_vector_and_no_metrics() => ForEachLayoutAsync(async (name, table, _) =>
    {
        await Fixture.UpdateTextAsync(name, 1, null);
        await Fixture.UpdateTextAsync(name, 2, " \t");

        await ShouldShowAsync(table, pending: 0, gone: 2);
        var (offered, proof) = await RunAsync(table, WithVectors);

        offered.ShouldBeEmpty();
        proof.ShouldBe(new RunProof(0, 0) { Pruned = new PruneReport(2, 2) });
        (await Fixture.CountStoredAsync(name)).ShouldBe((1, 1));
    });

    [Fact(Timeout = TimeoutMs)]
    public Task A_deleted_row_leaves_no_vector_and_no_metrics() => ForEachLayoutAsync(async (name, table, layout) =>
    {
        await Fixture.DeleteAsync(name, 2);

        await ShouldShowAsync(table, pending: 0, gone: 1);
        var (_, proof) = await RunAsync(table, WithVectors);

        // In a column the vector went with its row.
        proof.Pruned.ShouldBe(new PruneReport(layout.Place == VectorPlace.Table ? 1 : 0, 1));
        (await Fixture.CountStoredAsync(name)).ShouldBe((2, 2));
    });

    [Fact(Timeout = TimeoutMs)]
    public Task A_key_that_is_used_again_is_a_new_row() => ForEachLayoutAsync(async (name, table, _) =>
    {
        await Fixture.DeleteAsync(name, 2);
        await Fixture.InsertAsync(name, 2, "a new row");

        await ShouldShowAsync(table, pending: 1, gone: 0);
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["a new row"]);
    });

    [Fact(Timeout = TimeoutMs)]
    public Task A_text_that_changes_again_while_its_window_is_in_flight_ends_with_the_last_one() => ForEachLayoutAsync(async (name, table, layout) =>
    {
        await Fixture.UpdateTextAsync(name, 2, "the second text");
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
        window.Texts.ShouldBe(["the second text"]);
        await Fixture.UpdateTextAsync(name, 2, "the third text");

        (await session.WriteAsync(WholeOf(window, WithVectors), Cancel)).Written.ShouldBe(0);

        (await Fixture.ReadAsync(name))[2].Vector.ShouldBe(layout.Kept(VectorOf("text 2")));
        (await DrainAsync(session, WithVectors)).ShouldBe(["the third text"]);
        (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0));
    });

    [Fact(Timeout = TimeoutMs)]
    public Task A_row_that_goes_while_its_window_is_in_flight_leaves_nothing() => ForEachLayoutAsync(async (name, table, layout) =>
    {
        await Fixture.UpdateTextAsync(name, 1, "blanked soon");
        await Fixture.UpdateTextAsync(name, 2, "deleted soon");
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
        await Fixture.UpdateTextAsync(name, 1, "");
        await Fixture.DeleteAsync(name, 2);

        (await session.WriteAsync(WholeOf(window, WithVectors), Cancel)).Written.ShouldBe(0);
        (await DrainAsync(session, WithVectors)).ShouldBeEmpty();

        (await run.FinishAsync(Cancel)).Pruned.ShouldBe(new PruneReport(layout.Place == VectorPlace.Table ? 2 : 1, 2));
        (await Fixture.CountStoredAsync(name)).ShouldBe((1, 1));
    });

    [Fact(Timeout = TimeoutMs)]
    public Task Changed_texts_can_be_left_or_done_alone() => ForEachLayoutAsync(async (name, table, _) =>
    {
        await Fixture.UpdateTextAsync(name, 2, "another text");
        await Fixture.InsertAsync(name, 4, "a new row");

        (await RunAsync(table, Request(ChangedTexts.Only))).Offered.ShouldBe(["another text"]);
        await Fixture.UpdateTextAsync(name, 3, "left as it is");
        (await RunAsync(table, Request(ChangedTexts.Ignored))).Offered.ShouldBe(["a new row"]);
        await ShouldShowAsync(table, pending: 1, gone: 0);
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["left as it is"]);
    });

    [Fact(Timeout = TimeoutMs)]
    public Task What_is_gone_can_be_pruned_alone() => ForEachLayoutAsync(async (name, table, layout) =>
    {
        await Fixture.UpdateTextAsync(name, 1, null);
        await Fixture.DeleteAsync(name, 2);

        (await table.PruneAsync(Cancel)).ShouldBe(new PruneReport(layout.Place == VectorPlace.Table ? 2 : 1, 2));

        (await table.PruneAsync(Cancel)).IsEmpty.ShouldBeTrue();
        (await Fixture.CountStoredAsync(name)).ShouldBe((1, 1));
    });

    [Fact]
    public async Task A_text_of_which_nothing_is_known_is_not_taken_for_changed()
    {
        var table = await CreateAsync("notes", NumberedTexts(2));
        await RunAsync(table, WithVectors);
        await Fixture.ClearMetricsAsync("notes");
        await Fixture.UpdateTextAsync("notes", 1, "another text");

        await ShouldShowAsync(table, pending: 0, gone: 0);
    }

    [Fact]
    public async Task Metrics_alone_do_not_make_an_older_vector_look_current()
    {
        var table = await CreateAsync("notes", NumberedTexts(2));
        await RunAsync(table, WithVectors);
        await Fixture.UpdateTextAsync("notes", 1, "another text");

        (await RunAsync(table, MetricsOnly)).Offered.ShouldBeEmpty();

        await ShouldShowAsync(table, pending: 1, gone: 0);
    }

    private static RunRequest Request(ChangedTexts changed) => WithVectors with { Work = new EmbedWork(Encoder) { Changed = changed } };

    // A table of three rows that are done; in the end each row is done, nothing is left of others, and status says so.
    private async Task ForEachLayoutAsync(Func<string, IIngestTable, VectorLayout, Task> change)
    {
        foreach (var layout in Fixture.Layouts)
        {
            var name = $"notes_{layout.Place}_{layout.Form}".ToLowerInvariant();
            var table = await CreateAsync(new TableSpec(name) { Layout = layout, Texts = NumberedTexts(3) });
            (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 0), name);

            await change(name, table, layout);

            await ShouldShowAsync(table, pending: 0, gone: 0);
            foreach (var (ordinal, row) in await Fixture.ReadAsync(name))
            {
                var message = $"row {ordinal} of {name}";
                row.Vector.ShouldBe(string.IsNullOrWhiteSpace(row.Text) ? null : layout.Kept(VectorOf(row.Text)), message);
                row.HasCurrentHash.ShouldBe(!string.IsNullOrWhiteSpace(row.Text), message);
                if (row.Metrics is not null)
                {
                    ShouldBeMetricsOf(row, message);
                }
            }
        }
    }

    private static async Task ShouldShowAsync(IIngestTable table, long pending, long gone)
    {
        var status = await table.ReadStatusAsync(10, Cancel);
        (status.Pending, status.Gone).ShouldBe((pending, gone), table.Description.Name);
        (await table.CountPendingAsync(new EmbedWork(Encoder), Cancel)).ShouldBe(pending, table.Description.Name);
    }
}
