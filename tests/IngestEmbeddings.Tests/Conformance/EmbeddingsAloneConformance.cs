using System.Diagnostics;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Tables of embeddings alone, which have no metrics table, in every layout.</summary>
public abstract class EmbeddingsAloneConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    [Fact(Timeout = TimeoutMs)]
    public Task A_run_needs_no_metrics_table() => ForEachLayoutAsync(async (name, table, layout) =>
    {
        table.Description.MetricsTable.ShouldBeNull();
        (await RunAsync(table, WithVectors)).ShouldSatisfyAllConditions(
            run => run.Offered.ShouldBe(NumberedTexts(3)),
            run => run.Proof.ShouldBe(new RunProof(0, 0)));
        await ShouldHaveAsync(table, layout, "text 1", "text 2", "text 3");
        await ShouldShowAsync(table, pending: 0, gone: 0);

        await Fixture.InsertAsync(name, 4, "a new row");
        await Fixture.DeleteAsync(name, 1);
        await ShouldShowAsync(table, pending: 1, gone: layout.Place == VectorPlace.Table ? 1 : 0);
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["a new row"]);

        await ShouldHaveAsync(table, layout, "text 2", "text 3", "a new row");
        await ShouldShowAsync(table, pending: 0, gone: 0);
    });

    [Fact(Timeout = TimeoutMs)]
    public Task A_changed_text_is_noticed_in_a_separate_table_and_a_column_says_that_it_is_not() => ForEachLayoutAsync(async (name, table, layout) =>
    {
        await RunAsync(table, WithVectors);
        await Fixture.UpdateTextAsync(name, 2, "another text");

        if (layout.Place == VectorPlace.Table)
        {
            table.Description.ChangesUnnoticed.ShouldBeNull();
            await ShouldShowAsync(table, pending: 1, gone: 0);
            (await RunAsync(table, WithVectors)).Offered.ShouldBe(["another text"]);
        }
        else
        {
            table.Description.ChangesUnnoticed.ShouldNotBeNull().Remedy.Arguments.ShouldBe([name, "--metrics", "all"]);
            await ShouldShowAsync(table, pending: 0, gone: 0);
        }
    });

    [Fact(Timeout = TimeoutMs)]
    public Task Nothing_is_wrong_with_what_a_run_has_written() => ForEachLayoutAsync(async (name, table, _) =>
    {
        await RunAsync(table, WithVectors);

        (await new TableVerifier(table, name, encoder: null).VerifyAsync(new VerifyOptions(), Cancel)).Findings.ShouldBeEmpty();
    });

    [Fact(Timeout = TimeoutMs)]
    public async Task Every_kind_of_key_is_taken()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"alone_{kind}";
            await Fixture.CreateTableAsync(new TableSpec(name) { KeyKind = kind, HasMetrics = false, Texts = NumberedTexts(3) });

            (await RunAsync(await OpenAloneAsync(name), WithVectors)).Proof.ShouldBe(new RunProof(0, 0), kind);
        }
    }

    [Fact]
    public async Task A_metrics_table_that_is_there_is_left_alone()
    {
        await CreateAsync("notes", NumberedTexts(2));

        (await RunAsync(await OpenAloneAsync("notes"), WithVectors)).Offered.Count.ShouldBe(2);

        (await Fixture.CountStoredAsync("notes")).ShouldBe((2, 0));
    }

    [Fact]
    public async Task Without_being_asked_for_a_missing_metrics_table_is_refused()
    {
        await Fixture.CreateTableAsync(new TableSpec("notes") { HasMetrics = false });

        await ShouldBeMisconfiguredAsync(() => OpenAsync("notes"), "notes", "--metrics none", "init");
    }

    [Fact(Timeout = TimeoutMs)]
    public Task New_rows_are_done_as_they_come() => ForEachLayoutAsync(async (name, table, layout) =>
    {
        await RunAsync(table, WithVectors);
        await using var run = await table.StartRunAsync(WithVectors with { Watch = true }, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        await Fixture.InsertAsync(name, 4, "a new row");

        var clock = Stopwatch.StartNew();
        IReadOnlyList<string> offered = [];
        while (offered.Count == 0 && await session.WaitForMoreAsync(Cancel))
        {
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30), name);
            if (await session.ReadAsync(4, Cancel) is { } window)
            {
                offered = window.Texts;
                await session.WriteAsync(WholeOf(window, WithVectors), Cancel);
            }
        }

        offered.ShouldBe(["a new row"]);
        await ShouldHaveAsync(table, layout, "text 1", "text 2", "text 3", "a new row");
    });

    private static async Task ShouldShowAsync(IIngestTable table, long pending, long gone)
    {
        var status = await table.ReadStatusAsync(10, Cancel);
        (status.Pending, status.Gone).ShouldBe((pending, gone), table.Description.Name);
    }

    private static async Task ShouldHaveAsync(IIngestTable table, VectorLayout layout, params string[] texts)
    {
        var rows = await table.Audit.ReadAsync(Encoder.Identity, Cancel).ToListAsync(Cancel);
        rows.Select(static row => row.Text).ShouldBe(texts, table.Description.Name);
        rows.ShouldAllBe(static row => row.Metrics == null, table.Description.Name);
        foreach (var row in rows)
        {
            row.Vector.ShouldNotBeNull().Select(static component => component > 0).ShouldBe(VectorOf(row.Text!).Select(static component => component > 0), table.Description.Name);
            if (layout.Form != VectorForm.Sign)
            {
                row.Vector.ShouldBe(layout.Kept(VectorOf(row.Text!)), table.Description.Name);
            }
        }
    }

    private Task<IIngestTable> OpenAloneAsync(string name) =>
        Store.OpenTableAsync(new TableRequest { Table = name, WithoutMetrics = true }, Cancel);

    private async Task ForEachLayoutAsync(Func<string, IIngestTable, VectorLayout, Task> check)
    {
        foreach (var layout in Fixture.Layouts)
        {
            var name = $"alone_{layout.Place}_{layout.Form}".ToLowerInvariant();
            await Fixture.CreateTableAsync(new TableSpec(name) { Layout = layout, HasMetrics = false, Texts = NumberedTexts(3) });
            await Store.InitAsync(
                new InitRequest
                {
                    Table = new TableRequest { Table = name, WithoutMetrics = true }, Dimension = 4, Place = layout.Place, Form = layout.Form,
                    TracksChanges = Store.Capabilities.TracksChanges ? true : null,
                },
                Cancel);

            await check(name, await OpenAloneAsync(name), layout);
        }
    }
}
