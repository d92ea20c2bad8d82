using IngestEmbeddings.Batching;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Encoding;

public sealed class ModelEncoderTests
{
    private static readonly BatchBudget Budget = new(1024, 32);

    [Fact]
    public async Task A_model_that_fails_above_a_number_of_texts_is_halved_and_the_limit_is_remembered_and_said_once()
    {
        using var model = new WordModel { Fails = static batch => batch.Rows > 8 };
        var notices = new Notices();
        await using var encoder = model.Encoder(Budget, notices);

        var first = await EncodeAsync(encoder, Words(64, static i => 10 + (i % 5)));
        var failuresOfFirst = model.Failures;
        var second = await EncodeAsync(encoder, Words(64, static i => 2 + (i % 9)));
        await EncodeAsync(encoder, Words(64, static i => 1 + (i % 30)));

        Encoded(first).ShouldBe(64);
        Encoded(second).ShouldBe(64);
        // 32 and 16 texts fail; then more than 8 at a cost that has worked before, which tells that it is the rows.
        failuresOfFirst.ShouldBe(3);
        model.Failures.ShouldBe(3);
        encoder.Budget.Rows.ShouldBeInRange(4, 8);
        notices.Texts.ShouldHaveSingleItem().ShouldContain("too much");
    }

    [Fact]
    public async Task A_model_that_fails_above_a_number_of_tokens_keeps_wide_batches_of_short_texts()
    {
        using var model = new WordModel { Fails = static batch => batch.Ids.Length > 256 };
        await using var encoder = model.Encoder(Budget);

        Encoded(await EncodeAsync(encoder, Words(64, static _ => 32))).ShouldBe(64);
        var failures = model.Failures;
        Encoded(await EncodeAsync(encoder, Words(64, static _ => 8))).ShouldBe(64);

        encoder.Budget.ShouldBe(new BatchBudget(256, 32));
        model.Failures.ShouldBe(failures);
        model.Rows.ShouldContain(32);
    }

    [Fact]
    public async Task A_text_that_fails_alone_fails_and_lowers_no_limit()
    {
        using var model = new WordModel { Fails = static batch => batch.Ids.Contains('!') };
        var notices = new Notices();
        await using var encoder = model.Encoder(Budget, notices);
        string[] texts = [.. Words(63, static _ => 4), "bad!"];

        var vectors = await EncodeAsync(encoder, texts);

        Encoded(vectors).ShouldBe(63);
        vectors.Failure(63).ShouldNotBeNull().ShouldContain("too much");
        vectors.Failure(63)!.ShouldNotContain("bad!");
        encoder.Budget.ShouldBe(Budget);
        notices.Texts.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_model_that_fails_on_every_text_ends_the_run_instead_of_setting_the_table_aside()
    {
        using var model = new WordModel { Fails = static _ => true };
        await using var encoder = model.Encoder(Budget);

        var stop = await Should.ThrowAsync<IngestException>(() => EncodeAsync(encoder, Words(64, static _ => 4)));

        stop.Error.ShouldBe(IngestError.Configuration);
    }

    [Fact]
    public async Task Identical_texts_are_run_once_and_each_row_gets_the_vector()
    {
        using var model = new WordModel();
        await using var encoder = model.Encoder(Budget);

        var vectors = await EncodeAsync(encoder, ["a", "b", "a", "b", "a"]);

        model.Rows.ShouldBe([2]);
        Encoded(vectors).ShouldBe(5);
        vectors.Row(4).ToArray().ShouldBe([1, 0]);
        vectors.Row(3).ToArray().ShouldBe([0, 1]);
        encoder.Counters.Rows.ShouldBe(5);
        encoder.Counters.Tokens.ShouldBe(2);
        (vectors.Cost.Tokens, vectors.Cost.Repeated, vectors.Cost.Truncated).ShouldBe((2, 3, 0));
    }

    [Fact]
    public async Task Asked_to_stop_the_encoder_returns_after_the_call_in_flight_and_leaves_the_rest_unmarked()
    {
        using var stopping = new CancellationTokenSource();
        using var model = new WordModel { Before = stopping.Cancel };
        await using var encoder = model.Encoder(new BatchBudget(8, 32));

        var vectors = await EncodeAsync(encoder, Words(64, static _ => 4), stopping.Token);

        model.Calls.ShouldBe(1);
        Encoded(vectors).ShouldBe(2);
        Enumerable.Range(0, 64).ShouldAllBe(row => vectors.Failure(row) == null);
    }

    [Fact]
    public async Task A_text_that_takes_the_tokenizer_too_long_fails_alone()
    {
        using var model = new WordModel();
        await using var encoder = model.Encoder(Budget);

        var vectors = await EncodeAsync(encoder, ["a", $"bb{WordModel.Endless}", "cc", $"bb{WordModel.Endless}"]);

        Encoded(vectors).ShouldBe(2);
        vectors.Failure(1).ShouldBe("too long");
        vectors.Failure(3).ShouldBe("too long");
    }

    [Fact]
    public async Task A_text_of_no_tokens_fails()
    {
        using var model = new WordModel();
        await using var encoder = model.Encoder(Budget);

        var vectors = await EncodeAsync(encoder, ["a", ""]);

        vectors.IsEncoded(0).ShouldBeTrue();
        vectors.Failure(1).ShouldNotBeNull();
    }

    [Fact]
    public void The_warm_up_meets_the_limit_before_the_first_row_and_counts_nothing()
    {
        using var model = new WordModel { Fails = static batch => batch.Ids.Length > 600 };
        var notices = new Notices();
        var encoder = model.Encoder(Budget, notices, maxTokens: 512);

        encoder.WarmUp();

        notices.Texts.Count.ShouldBe(1);
        encoder.Budget.Tokens.ShouldBe(512);
        encoder.Counters.ShouldBe(default);
    }

    [Fact]
    public void The_warm_up_of_a_broken_model_fails()
    {
        using var model = new WordModel { Fails = static _ => true };
        Should.Throw<IngestException>(model.Encoder(Budget).WarmUp).Message.ShouldContain("too much");
    }

    private static string[] Words(int count, Func<int, int> length) =>
        [.. Enumerable.Range(0, count).Select(i => new string('x', length(i) - 1) + (char)(0x4E00 + i))];

    private static int Encoded(VectorBlock vectors) => Enumerable.Range(0, vectors.Count).Count(vectors.IsEncoded);

    private static async Task<VectorBlock> EncodeAsync(
        ModelEncoder encoder, IReadOnlyList<string> texts, CancellationToken stopping = default)
    {
        var vectors = new VectorBlock(texts.Count, encoder.Description.Dimension);
        await encoder.EncodeAsync(texts, TextRole.Document, vectors, stopping);
        return vectors;
    }
}
