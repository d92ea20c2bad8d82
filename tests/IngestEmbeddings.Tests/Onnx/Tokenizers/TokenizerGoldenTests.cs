using IngestEmbeddings.Onnx.Tokenizers;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

/// <summary>The ids of the references, for tokenizers trained on the project's own texts (eng/update-tokenizer-goldens).</summary>
public sealed class TokenizerGoldenTests
{
    [Theory]
    [InlineData("wordpiece")]
    [InlineData("byte-level-bpe")]
    [InlineData("byte-level-split")]
    [InlineData("unigram")]
    public void A_tokenizer_file_gives_the_ids_of_the_reference(string kind)
    {
        var texts = TokenizerParsing.ReadTexts(TokenizerParsing.Golden("texts.jsonl"));
        var expected = TokenizerParsing.ReadIds(TokenizerParsing.Golden(kind, "ids.jsonl"));

        ShouldAgree(kind, texts, expected);
    }

    [Theory]
    [InlineData("sentencepiece-unigram")]
    [InlineData("sentencepiece-bpe")]
    public void A_sentencepiece_model_gives_the_ids_of_its_own_library(string kind)
    {
        var texts = TokenizerParsing.ReadTexts(TokenizerParsing.Golden("sentencepiece-texts.jsonl"));
        var expected = TokenizerParsing.ReadIds(TokenizerParsing.Golden(kind, "ids.jsonl"))
            .Select(ids => (int[])[0, .. ids, 2]).ToArray();

        ShouldAgree(kind, texts, expected);
    }

    private static void ShouldAgree(string kind, IReadOnlyList<string> texts, IReadOnlyList<int[]> expected)
    {
        var tokenizer = HuggingFaceTokenizer.Load(TokenizerParsing.Golden(kind));
        texts.Count.ShouldBe(expected.Count);
        texts.Count.ShouldBeGreaterThan(400);
        for (var i = 0; i < texts.Count; i++)
        {
            tokenizer.Ids(texts[i]).ShouldBe(expected[i], $"text {i + 1}: {texts[i]}");
        }
    }
}
