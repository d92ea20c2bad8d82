using IngestEmbeddings.Batching;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Tokenizing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Encoding;

/// <summary>A text that is longer than the model's maximum is read in windows. A window that begins with a is (1, 0), with b (0, 1).</summary>
public sealed class LongTextTests
{
    private static readonly BatchBudget Budget = new(1024, 32);

    [Fact]
    public async Task The_mean_is_weighted_by_the_tokens_of_each_window_and_nothing_is_truncated()
    {
        using var model = new WordModel();
        await using var encoder = Encoder(model, normalized: false);

        var vectors = await EncodeAsync(encoder, ["abcdbbbbaa"]);

        vectors.Row(0).ToArray().ShouldBe([0.6f, 0.4f], 1e-6);
        (encoder.Counters.Rows, encoder.Counters.Tokens).ShouldBe((1, 10));
        (encoder.Counters.TruncatedRows, encoder.Counters.LostTokens, vectors.Cost.Truncated, vectors.Cost.LostTokens).ShouldBe((0, 0, 0, 0));
    }

    [Fact]
    public async Task The_mean_has_length_1_where_the_model_normalises()
    {
        using var model = new WordModel();
        await using var encoder = Encoder(model);

        var vectors = await EncodeAsync(encoder, ["abcdbbbbaa"]);

        vectors.Row(0).ToArray().ShouldBe([6 / MathF.Sqrt(52), 4 / MathF.Sqrt(52)], 1e-6);
    }

    [Fact]
    public async Task Each_window_has_the_prompt_and_only_the_text_counts()
    {
        var batches = new List<string>();
        using var model = new WordModel
        {
            Fails = batch =>
            {
                lock (batches)
                {
                    batches.Add(string.Concat(batch.Ids.ToArray().Select(static id => id == 0 ? '_' : (char)id)));
                }

                return false;
            },
        };
        await using var encoder = Encoder(model, prompt: "b:");

        await EncodeAsync(encoder, ["xyzuv"]);

        batches.ShouldBe(["b:xyb:zub:v_"]);
    }

    [Fact]
    public async Task Rows_that_repeat_a_long_text_and_short_ones_between_get_their_own()
    {
        using var model = new WordModel();
        await using var encoder = Encoder(model);

        var vectors = await EncodeAsync(encoder, ["b", "abcdbbbb", "aaaa", "abcdbbbb", "bbbbbaaaa", "a"]);

        Enumerable.Range(0, 6).ShouldAllBe(row => vectors.IsEncoded(row));
        vectors.Row(0).ToArray().ShouldBe([0, 1]);
        vectors.Row(2).ToArray().ShouldBe([1, 0]);
        vectors.Row(3).ToArray().ShouldBe(vectors.Row(1).ToArray());
        vectors.Row(1).ToArray().ShouldBe([MathF.Sqrt(0.5f), MathF.Sqrt(0.5f)], 1e-6);
        // bbbb and baaa are (0, 1), the last a is (1, 0).
        vectors.Row(4).ToArray().ShouldBe([1 / MathF.Sqrt(65), 8 / MathF.Sqrt(65)], 1e-6);
        vectors.Row(5).ToArray().ShouldBe([1, 0]);
        encoder.Counters.Rows.ShouldBe(6);
    }

    [Fact]
    public async Task A_window_that_fails_alone_fails_its_row_only()
    {
        using var model = new WordModel { Fails = static batch => batch.Ids.Contains('!') };
        await using var encoder = Encoder(model);

        var vectors = await EncodeAsync(encoder, ["aaaabbb!aaaa", "aaaabbbb"]);

        vectors.IsEncoded(0).ShouldBeFalse();
        vectors.Failure(0).ShouldNotBeNull().ShouldContain("too much");
        vectors.IsEncoded(1).ShouldBeTrue();
    }

    [Fact]
    public async Task Stopped_between_two_windows_the_row_is_left_unmarked()
    {
        using var stopping = new CancellationTokenSource();
        using var model = new WordModel { Before = stopping.Cancel };
        await using var encoder = Encoder(model, budget: new BatchBudget(4, 1));

        var vectors = await EncodeAsync(encoder, ["aaaabbbb"], stopping.Token);

        model.Calls.ShouldBe(1);
        vectors.IsEncoded(0).ShouldBeFalse();
        vectors.Failure(0).ShouldBeNull();
    }

    [Fact]
    public async Task A_prefix_that_leaves_no_room_fails_the_long_row_and_says_so()
    {
        using var model = new WordModel();
        await using var encoder = Encoder(model, prompt: "abc:");

        var vectors = await EncodeAsync(encoder, ["xy"]);

        vectors.Failure(0).ShouldBe("the prefix leaves no room for the text in the 4 tokens that the model takes");
    }

    [Fact]
    public async Task A_text_of_a_million_characters_is_read_to_its_end()
    {
        const int Windows = 2000;
        using var model = new WordModel();
        await using var encoder = Encoder(model, normalized: false, maxTokens: 500);
        var text = string.Concat(Enumerable.Range(0, Windows).Select(static i => new string(i < Windows / 4 ? 'a' : 'b', 500)));

        var vectors = await EncodeAsync(encoder, [text]);

        vectors.Row(0).ToArray().ShouldBe([0.25f, 0.75f], 1e-6);
        encoder.Counters.Tokens.ShouldBe(1_000_000);
        model.Rows.Max().ShouldBeLessThanOrEqualTo(Budget.Rows);
    }

    [Fact]
    public void The_warm_up_runs_texts_that_fit()
    {
        using var model = new WordModel();
        var encoder = Encoder(model);

        encoder.WarmUp();

        encoder.Counters.ShouldBe(default);
    }

    [Fact]
    public void Special_tokens_stand_around_each_window()
    {
        var tokenizer = new FramedTokenizer();
        var tokens = new TokenBuffer();
        tokenizer.Encode("p:abcde", int.MaxValue, tokens);

        var weights = new LongTextDivider(tokenizer, "p:", 6).Divide(tokens, 0);

        weights.ShouldBe([2, 2, 1]);
        tokens.Count.ShouldBe(3);
        tokens[0].ToArray().ShouldBe([1, 'p', ':', 'a', 'b', 2]);
        tokens[1].ToArray().ShouldBe([1, 'p', ':', 'c', 'd', 2]);
        tokens[2].ToArray().ShouldBe([1, 'p', ':', 'e', 2]);
    }

    private static ModelEncoder Encoder(WordModel model, string prompt = "", bool normalized = true, int maxTokens = 4, BatchBudget? budget = null) => new(
        new EncoderDescription
        {
            Model = "words", Dimension = 2, Fingerprint = "0", MaxTokens = maxTokens, DocumentPrompt = prompt, Normalized = normalized,
            LongTexts = LongTextMode.Mean,
        },
        model,
        model,
        budget ?? Budget);

    private static async Task<VectorBlock> EncodeAsync(ModelEncoder encoder, IReadOnlyList<string> texts, CancellationToken stopping = default)
    {
        var vectors = new VectorBlock(texts.Count, encoder.Description.Dimension);
        await encoder.EncodeAsync(texts, TextRole.Document, vectors, stopping);
        return vectors;
    }

    /// <summary>A token a character, 1 before and 2 after the text.</summary>
    private sealed class FramedTokenizer : ITokenizer
    {
        private static readonly int[] First = [1];
        private static readonly int[] Last = [2];

        public int PadId => 0;

        public ReadOnlySpan<int> Before => First;

        public ReadOnlySpan<int> After => Last;

        public int Encode(ReadOnlySpan<char> text, int maxTokens, TokenBuffer tokens)
        {
            tokens.Add(First);
            foreach (var c in text)
            {
                tokens.Add(c);
            }

            tokens.Add(Last);
            return 0;
        }
    }
}
