using System.Diagnostics;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Runs that wait for new and changed rows, in every layout.</summary>
public abstract class WatchConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact(Timeout = TimeoutMs)]
    public Task New_and_changed_rows_are_done_as_they_come() => WatchEachLayoutAsync(async (name, layout) =>
    {
        await Fixture.UpdateTextAsync(name, 2, "another text");
        await Fixture.InsertAsync(name, 4, "a new row");
        await ShouldBecomeAsync(name, rows =>
            IsDone(rows, 2, "another text", layout) && IsDone(rows, 4, "a new row", layout));

        await Fixture.UpdateTextAsync(name, 4, "changed twice");
        await ShouldBecomeAsync(name, rows => IsDone(rows, 4, "changed twice", layout));
    });

    [Fact(Timeout = TimeoutMs)]
    public Task Rows_that_go_leave_nothing() => WatchEachLayoutAsync(async (name, _) =>
    {
        await Fixture.DeleteAsync(name, 1);
        await Fixture.UpdateTextAsync(name, 2, "");

        var clock = Stopwatch.StartNew();
        while (await Fixture.CountStoredAsync(name) != (1, 1))
        {
            clock.Elapsed.ShouldBeLessThan(Limit, (await Fixture.CountStoredAsync(name)).ToString());
            await Task.Delay(50, Cancel);
        }
    });

    private static bool IsDone(IReadOnlyDictionary<int, StoredRow> rows, int ordinal, string text, VectorLayout layout) =>
        rows.TryGetValue(ordinal, out var row) && row.Text == text && row.HasCurrentHash && row.Vector is not null
        && row.Vector.SequenceEqual(layout.Kept(VectorOf(text)));

    private async Task ShouldBecomeAsync(string table, Func<IReadOnlyDictionary<int, StoredRow>, bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition(await Fixture.ReadAsync(table)))
        {
            clock.Elapsed.ShouldBeLessThan(Limit, table);
            await Task.Delay(50, Cancel);
        }
    }

    private async Task WatchEachLayoutAsync(Func<string, VectorLayout, Task> change)
    {
        foreach (var layout in Fixture.Layouts)
        {
            var name = $"watched_{layout.Place}_{layout.Form}".ToLowerInvariant();
            await Fixture.CreateTableAsync(new TableSpec(name) { Layout = layout, Texts = NumberedTexts(3) });
            await Store.InitAsync(
                new InitRequest
                {
                    Table = new TableRequest { Table = name }, Dimension = 4, Place = layout.Place, Form = layout.Form,
                    TracksChanges = Store.Capabilities.TracksChanges ? true : null,
                },
                Cancel);
            var table = await OpenAsync(name);
            await RunAsync(table, WithVectors);

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var request = WithVectors with { Watch = true };
            await using var run = await table.StartRunAsync(request, Cancel);
            var watching = Task.WhenAll(Enumerable.Range(0, 2).Select(worker => Task.Run(() => WatchAsync(run, worker, request, stop.Token))));

            await change(name, layout);

            await stop.CancelAsync();
            await watching;
        }
    }

    private static async Task WatchAsync(IIngestRun run, int worker, RunRequest request, CancellationToken stopping)
    {
        try
        {
            await using var session = await run.OpenSessionAsync(worker, stopping);
            do
            {
                while (await session.ReadAsync(request.WindowRows, stopping) is { } window)
                {
                    await session.WriteAsync(WholeOf(window, request), stopping);
                }
            }
            while (await session.WaitForMoreAsync(stopping));
            throw new InvalidOperationException("A run that watches has no end.");
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop, perhaps before its connection was open: the other worker may have done all.
        }
    }
}
