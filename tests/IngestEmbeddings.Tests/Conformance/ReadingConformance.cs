using System.Collections.Concurrent;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Which rows are offered, in which order, and to whom.</summary>
public abstract class ReadingConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    [Fact(Timeout = TimeoutMs)]
    public async Task Rows_come_in_key_order_whatever_the_kind_of_key()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"ordered_{kind}";
            var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = NumberedTexts(23) });

            var (offered, proof) = await RunAsync(table, WithVectors);

            offered.ShouldBe(NumberedTexts(23), kind);
            proof.ShouldBe(new RunProof(0, 0), kind);
            await ShouldBeDoneAsync(name);
        }
    }

    [Fact]
    public async Task Keys_are_described_as_messages_show_them()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"described_{kind}";
            var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = ["one", "two"] });
            await using var run = await table.StartRunAsync(WithVectors, Cancel);
            await using var session = await run.OpenSessionAsync(0, Cancel);

            var window = (await session.ReadAsync(2, Cancel)).ShouldNotBeNull();

            window.DescribeKey(0).ShouldBe(Fixture.DescribeKey(name, 1));
            window.DescribeKey(1).ShouldBe(Fixture.DescribeKey(name, 2));
        }
    }

    [Fact]
    public async Task A_window_has_no_more_rows_than_asked_for()
    {
        var table = await CreateAsync("notes", NumberedTexts(5));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);

        (await session.ReadAsync(1, Cancel)).ShouldNotBeNull().Texts.ShouldBe(["text 1"]);
        (await session.ReadAsync(2, Cancel)).ShouldNotBeNull().Texts.ShouldBe(["text 2", "text 3"]);
    }

    [Fact]
    public async Task A_sample_is_of_texts_that_are_not_blank()
    {
        var table = await CreateAsync("sampled", ["one", "", " \t", "two", "three"]);

        (await table.SampleAsync(2, Cancel)).Count.ShouldBe(2);
        (await table.SampleAsync(100, Cancel)).ShouldBe(["one", "two", "three"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_session_may_have_several_windows_outstanding()
    {
        var table = await CreateAsync("notes", NumberedTexts(9));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var windows = new[]
        {
            (await session.ReadAsync(3, Cancel)).ShouldNotBeNull(),
            (await session.ReadAsync(3, Cancel)).ShouldNotBeNull(),
            (await session.ReadAsync(3, Cancel)).ShouldNotBeNull(),
        };

        windows.SelectMany(window => window.Texts).ShouldBe(NumberedTexts(9));
        foreach (var window in windows)
        {
            (await session.WriteAsync(WholeOf(window, WithVectors), Cancel)).Written.ShouldBe(3);
        }

        (await DrainAsync(session, WithVectors)).ShouldBeEmpty();
        await ShouldBeDoneAsync("notes");
    }

    [Fact]
    public async Task Rows_without_text_are_not_candidates()
    {
        string?[] texts = ["one", null, "", " \t\r\n", "\u3000\u00A0\u2003", "\u0085\u2028", "two", "\u200B"];
        var table = await CreateAsync("notes", texts);

        (await table.CountPendingAsync(new EmbedWork(Encoder), Cancel)).ShouldBe(3);
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["one", "two", "\u200B"]);
        await ShouldBeDoneAsync("notes");
    }

    [Fact]
    public async Task Text_comes_back_exactly()
    {
        string[] texts = ["ʻōlelo \"Hawaiʻi\"", "tab\there", "日本語 🌺", "e\u0301 and \u00E9", "  padded  ", "it's 100 % \\ \\n"];
        var table = await CreateAsync("notes", texts);

        (await RunAsync(table, WithVectors)).Offered.ShouldBe(texts);
        await ShouldBeDoneAsync("notes");
    }

    [Fact]
    public async Task Rows_that_are_done_are_not_offered()
    {
        var table = await CreateAsync("notes", "one", "two", "three");
        await Fixture.SetVectorAsync("notes", 2, VectorOf("two"));

        (await table.CountPendingAsync(new EmbedWork(Encoder), Cancel)).ShouldBe(2);
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["one", "three"]);
        (await RunAsync(table, WithVectors)).Offered.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_empty_table_is_done_at_once()
    {
        var table = await CreateAsync("notes");

        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        run.Pending.ShouldBe(0);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        (await session.ReadAsync(10, Cancel)).ShouldBeNull();
        (await session.WaitForMoreAsync(Cancel)).ShouldBeFalse();
        (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task What_there_was_to_do_is_told_however_much_of_it_is_done_meanwhile(bool metricsOnly)
    {
        var table = await CreateAsync("notes", "one", " ", "three", "four", "five");
        if (metricsOnly)
        {
            foreach (var ordinal in (int[])[1, 2, 3, 4])
            {
                await Fixture.SetVectorAsync("notes", ordinal, VectorOf("any"));
            }
        }

        var request = (metricsOnly ? MetricsOnly : WithVectors) with { WindowRows = 1 };
        await using var run = await table.StartRunAsync(request, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        await session.WriteAsync(WholeOf((await session.ReadAsync(1, Cancel)).ShouldNotBeNull(), request), Cancel);

        (await run.CountPendingAsync(Cancel)).ShouldBe(metricsOnly ? 3 : 4);

        (await DrainAsync(session, request)).Count.ShouldBe(metricsOnly ? 2 : 3);
        (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task Several_sessions_share_all_rows_and_each_row_exactly_once()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"shared_{kind}";
            var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = NumberedTexts(301) });
            var request = WithVectors with { Workers = 4, WindowRows = 7 };
            var offered = new ConcurrentQueue<string>();

            await using var run = await table.StartRunAsync(request, Cancel);
            run.Pending.ShouldBe(301, kind);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
            {
                await using var session = await run.OpenSessionAsync(worker, Cancel);
                foreach (var text in await DrainAsync(session, request))
                {
                    offered.Enqueue(text);
                }
            })));

            offered.Order(StringComparer.Ordinal).ShouldBe(NumberedTexts(301).Order(StringComparer.Ordinal), kind);
            (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0), kind);
            await ShouldBeDoneAsync(name);
        }
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_row_that_comes_behind_the_reading_is_offered_in_the_end()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"behind_{kind}";
            var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = NumberedTexts(8) });
            await using var run = await table.StartRunAsync(WithVectors, Cancel);
            await using var session = await run.OpenSessionAsync(0, Cancel);
            var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
            await Fixture.InsertAsync(name, 0, "late");
            await session.WriteAsync(WholeOf(window, WithVectors), Cancel);

            (await DrainAsync(session, WithVectors)).ShouldBe([.. NumberedTexts(8).Skip(4), "late"], kind);

            (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0), kind);
            await ShouldBeDoneAsync(name);
        }
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task Waiting_lasts_until_the_others_have_written_what_they_hold()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await using var run = await table.StartRunAsync(WithVectors with { Workers = 2 }, Cancel);
        await using var busy = await run.OpenSessionAsync(0, Cancel);
        await using var idle = await run.OpenSessionAsync(1, Cancel);
        var window = (await busy.ReadAsync(4, Cancel)).ShouldNotBeNull();
        (await idle.ReadAsync(4, Cancel)).ShouldBeNull();

        var waiting = idle.WaitForMoreAsync(Cancel).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await busy.WriteAsync(WholeOf(window, WithVectors), Cancel);
        (await busy.ReadAsync(4, Cancel)).ShouldBeNull();

        (await busy.WaitForMoreAsync(Cancel)).ShouldBeFalse();
        (await waiting).ShouldBeFalse();
    }

    [Fact]
    public async Task A_cancelled_read_throws_and_takes_nothing()
    {
        var table = await CreateAsync("notes", "one");
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);

        await Should.ThrowAsync<OperationCanceledException>(
            async () => await session.ReadAsync(4, new CancellationToken(canceled: true)));

        (await DrainAsync(session, WithVectors)).ShouldBe(["one"]);
    }
}
