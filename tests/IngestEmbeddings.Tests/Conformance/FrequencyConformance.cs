using System.Collections.Concurrent;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Frequency: the rows of the table with exactly the same text.</summary>
public abstract class FrequencyConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    private static readonly RunRequest Counting = WithVectors with { Frequency = true };

    [Fact]
    public async Task Only_exact_duplicates_count()
    {
        string?[] texts = ["aloha", "Aloha", "aloha ", "aloha", "e\u0301", "\u00E9", null, "aloha", " "];
        var table = await CreateAsync("notes", texts);

        await RunAsync(table, Counting);

        var rows = await Fixture.ReadAsync("notes");
        Enumerable.Range(1, 9).Select(row => rows[row].Metrics?.Frequency).ShouldBe([3, 1, 1, 3, 1, 1, null, 3, null]);
    }

    [Fact]
    public async Task Rows_that_are_done_already_count()
    {
        var table = await CreateAsync("notes", "aloha", "aloha");
        await Fixture.SetVectorAsync("notes", 1, VectorOf("aloha"));

        await RunAsync(table, Counting);

        (await Fixture.ReadAsync("notes"))[2].Metrics.ShouldNotBeNull().Frequency.ShouldBe(2);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task It_is_exact_with_several_sessions_and_any_kind_of_key()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"counted_{kind}";
            string[] texts = [.. Enumerable.Range(0, 120).Select(number => $"text {number % 7 * (number % 5)}")];
            var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = texts });
            var request = Counting with { Workers = 3, WindowRows = 8 };
            var seen = new ConcurrentQueue<string>();

            await using var run = await table.StartRunAsync(request, Cancel);
            await Task.WhenAll(Enumerable.Range(0, 3).Select(worker => Task.Run(async () =>
            {
                await using var session = await run.OpenSessionAsync(worker, Cancel);
                foreach (var text in await DrainAsync(session, request))
                {
                    seen.Enqueue(text);
                }
            })));

            seen.Count.ShouldBe(120, kind);
            foreach (var (_, row) in await Fixture.ReadAsync(name))
            {
                row.Metrics.ShouldNotBeNull(kind).Frequency.ShouldBe(texts.Count(text => text == row.Text), kind);
            }
        }
    }

    [Fact]
    public async Task When_skipped_a_new_row_has_none_and_an_old_one_keeps_its_own()
    {
        var table = await CreateAsync("notes", "aloha", "aloha");
        await RunAsync(table, Counting);
        await Fixture.SetVectorAsync("notes", 1, null);
        await Fixture.InsertAsync("notes", 3, "aloha");

        await RunAsync(table, WithVectors);

        var rows = await Fixture.ReadAsync("notes");
        rows[1].Metrics.ShouldNotBeNull().Frequency.ShouldBe(2);
        rows[3].Metrics.ShouldNotBeNull().Frequency.ShouldBeNull();
    }

    [Fact]
    public async Task It_is_counted_in_metrics_only_runs_too()
    {
        var table = await CreateAsync("notes", "aloha", "aloha", "mahalo");
        await RunAsync(table, WithVectors);
        await Fixture.ClearMetricsAsync("notes");

        await RunAsync(table, MetricsOnly with { Frequency = true });

        var rows = await Fixture.ReadAsync("notes");
        Enumerable.Range(1, 3).Select(row => rows[row].Metrics?.Frequency).ShouldBe([2, 2, 1]);
    }
}
