using CsCheck;
using IngestEmbeddings.Onnx.Tokenizers;
using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Tests.Support;
using IngestEmbeddings.Tokenizing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

/// <summary>What holds for every tokenizer and every text.</summary>
public sealed class TokenizerPropertyTests
{
    private static readonly string[] Pieces =
    [
        "a", "the ", "É", "e\u0301\u0327", "ʻ", "字", "𠀀", "😀", "\u200D", "\uD800", "\uDC00", "\0", "\uFFFE", "\r\n", "\u0085", "\u3000", "▁", "<s>", "[CLS]",
        "<mask>", "ﬁ", "'s", "12", "…", "\u0E33", "ﷺ", "İ", "Σ",
    ];

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.String,
        Gen.Char.Array[0, 40].Select(units => new string(units)),
        Gen.Int[0, Pieces.Length - 1].Select(piece => Pieces[piece]).Array[0, 30].Select(string.Concat));

    public static TheoryData<string> Kinds => ["wordpiece", "byte-level-bpe", "byte-level-split", "unigram", "sentencepiece-unigram", "sentencepiece-bpe"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Any_text_has_ids_within_the_vocabulary_and_the_limit(string kind)
    {
        var tokenizer = HuggingFaceTokenizer.Load(TokenizerParsing.Golden(kind));
        Gen.Select(Texts, Gen.Int[0, 24]).Sample((text, maxTokens) =>
        {
            var whole = tokenizer.Ids(text);
            var tokens = new TokenBuffer();
            var lost = tokenizer.Encode(text, maxTokens, tokens);
            var cut = tokens.From(0).ToArray();

            whole.ShouldAllBe(id => id >= 0 && id < tokenizer.VocabularySize);
            cut.Length.ShouldBe(Math.Min(maxTokens, whole.Length));
            if (maxTokens >= tokenizer.SpecialTokenCount)
            {
                lost.ShouldBe(whole.Length - cut.Length);
                cut[..^1].ShouldBe(whole[..(cut.Length - 1)]);
                cut[^1].ShouldBe(whole[^1]);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_text_has_the_same_ids_on_every_thread_and_after_any_other_text(string kind)
    {
        var tokenizer = HuggingFaceTokenizer.Load(TokenizerParsing.Golden(kind));
        var texts = HardTexts.Generate(300);
        var alone = texts.Select(text => tokenizer.Ids(text)).ToArray();

        Parallel.For(0, texts.Count * 8, step =>
        {
            var i = step * 7 % texts.Count;
            tokenizer.Ids(texts[i]).ShouldBe(alone[i]);
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Encoding_allocates_nothing(string kind)
    {
        var tokenizer = HuggingFaceTokenizer.Load(TokenizerParsing.Golden(kind));
        var tokens = new TokenBuffer();

        Allocations.SettleAtZero(() =>
        {
            tokens.Clear();
            tokenizer.Encode("The Café of ʻIolani: 120 flowers, e\u0301tude 日本語 😀 don't!", 64, tokens);
            tokens.EndText();
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Buffers_of_a_huge_text_are_given_back(string kind)
    {
        const int MaxKept = 512 * 1024;
        var tokenizer = HuggingFaceTokenizer.Load(TokenizerParsing.Golden(kind));

        tokenizer.Ids(string.Concat(Enumerable.Repeat("É Word ", 200_000)));

        var workspace = Workspace.Current;
        workspace.Normalized.Capacity.ShouldBeLessThanOrEqualTo(MaxKept);
        workspace.Previous.Capacity.ShouldBeLessThanOrEqualTo(MaxKept);
        workspace.Inner.Capacity.ShouldBeLessThanOrEqualTo(MaxKept);
        workspace.Pieces.Open.Capacity.ShouldBeLessThanOrEqualTo(MaxKept);
        workspace.Spare.Open.Capacity.ShouldBeLessThanOrEqualTo(MaxKept);
    }
}
