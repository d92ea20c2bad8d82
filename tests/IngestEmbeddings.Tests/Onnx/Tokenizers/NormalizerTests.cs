using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

public sealed class NormalizerTests
{
    [Theory]
    [InlineData("""{"type":"NFC"}""", "e\u0301", "\u00E9")]
    [InlineData("""{"type":"NFD"}""", "\u00E9", "e\u0301")]
    [InlineData("""{"type":"NFKC"}""", "ﬁ²", "fi2")]
    [InlineData("""{"type":"NFKD"}""", "ｶﾞ", "カ\u3099")]
    [InlineData("""{"type":"NFC"}""", "e\u0301\uFFFEe\u0301", "\u00E9\uFFFE\u00E9")]
    [InlineData("""{"type":"Lowercase"}""", "ΑΣ İ ÉA 𐐀", "ασ i\u0307 éa 𐐨")]
    [InlineData("""{"type":"StripAccents"}""", "e\u0301 é", "e é")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""", " \u3000a ", "a ")]
    [InlineData("""{"type":"Strip","strip_left":false,"strip_right":true}""", " a\u0085", " a")]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "a", "▁a")]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "", "")]
    [InlineData("""{"type":"Nmt"}""", "a\u0001\u200Bb\tc", "a b c")]
    [InlineData("""{"type":"ByteLevel"}""", " é\n", "ĠÃ©Ċ")]
    [InlineData("""{"type":"Replace","pattern":{"String":"``"},"content":"\""}""", "``a``", "\"a\"")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":"$0"}""", "a   b c", "a$0b c")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"\\p{L}"},"content":"x"}""", "1𐐀2é", "1x2x")]
    [InlineData("""{"type":"Precompiled","precompiled_charsmap":null}""", "ﬁ", "ﬁ")]
    public void Each_kind_rewrites_as_the_reference_does(string json, string text, string expected) =>
        TokenizerParsing.Normalize(json, text).ShouldBe(expected);

    [Fact]
    public void A_sequence_runs_in_order_and_may_hold_another() =>
        TokenizerParsing.Normalize(
            """
            {"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"Sequence","normalizers":[{"type":"StripAccents"},{"type":"Lowercase"}]}]}
            """,
            "ÉTÉ").ShouldBe("ete");

    [Theory]
    [InlineData("""{"type":"BertNormalizer"}""", "a\u200B\u0085b\u2028Ǆ中ό", "ab ǆ 中 ο")]
    [InlineData("""{"type":"BertNormalizer","strip_accents":false}""", "É", "é")]
    [InlineData("""{"type":"BertNormalizer","lowercase":false}""", "É", "É")]
    [InlineData("""{"type":"BertNormalizer","lowercase":false,"strip_accents":true}""", "É", "E")]
    [InlineData("""{"type":"BertNormalizer","clean_text":false}""", "A\u0001\t", "a\u0001\t")]
    [InlineData("""{"type":"BertNormalizer","handle_chinese_chars":false}""", "中", "中")]
    [InlineData("""{"type":"BertNormalizer"}""", "\U0002B820\U0002B920", "\U0002B820 \U0002B920 ")]
    public void Bert_cleans_separates_strips_and_lowers_as_it_is_told(string json, string text, string expected) =>
        TokenizerParsing.Normalize(json, text).ShouldBe(expected);
}
