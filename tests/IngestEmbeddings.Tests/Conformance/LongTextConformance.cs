using IngestEmbeddings.Stores;
using IngestEmbeddings.Text;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Texts that are too long to be read whole, and too many long ones to be held at once.</summary>
public abstract class LongTextConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    private const string Face = "\U0001F600";

    [Fact(Timeout = TimeoutMs)]
    public async Task A_text_beyond_the_limit_is_cut_and_counted_and_no_other()
    {
        string[] texts = [Many("x", 1_000_000), Many("x", 1_000_001), Many(Face, 1_000_000), Many(Face, 1_000_001), "short"];
        var table = await CreateAsync("notes", texts);
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var offered = new List<string>();
        var cut = 0;

        while (await session.ReadAsync(5, Cancel) is { } window)
        {
            offered.AddRange(window.Texts);
            cut += window.CutTexts;
            (await session.WriteAsync(WholeOf(window, WithVectors), Cancel)).Written.ShouldBe(window.Count);
        }

        cut.ShouldBe(2);
        offered.Select(text => text.EnumerateRunes().Count()).ShouldBe([1_000_000, 1_000_000, 1_000_000, 1_000_000, 5]);
        offered[1].ShouldBe(texts[0]);
        offered[3].ShouldBe(texts[2]);
        (await session.WaitForMoreAsync(Cancel)).ShouldBeFalse();
        (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_long_text_that_changed_meanwhile_is_not_written()
    {
        var table = await CreateAsync("notes", Many("x", 1_000_001));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(5, Cancel)).ShouldNotBeNull();
        await Fixture.UpdateTextAsync("notes", 1, $"{Many("x", 999_999)}yx");

        (await session.WriteAsync(WholeOf(window, WithVectors), Cancel)).Written.ShouldBe(0);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_window_ends_where_its_texts_are_many_characters_and_no_row_is_skipped()
    {
        string[] texts = [.. Enumerable.Range(0, 6).Select(number => $"{number}{Many("x", TextLimits.FullWindow / 5)}"), "short", "last"];
        var table = await CreateAsync("notes", texts);
        await using var run = await table.StartRunAsync(WithVectors with { WindowRows = 100 }, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var windows = new List<int>();
        var offered = new List<string>();

        while (await session.ReadAsync(100, Cancel) is { } window)
        {
            windows.Add(window.Count);
            offered.AddRange(window.Texts);
            await session.WriteAsync(WholeOf(window, WithVectors), Cancel);
        }

        windows.ShouldBe([5, 3]);
        offered.ShouldBe(texts);
        (await session.WaitForMoreAsync(Cancel)).ShouldBeFalse();
        (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0));
    }

    private static string Many(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
