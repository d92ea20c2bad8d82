using System.Globalization;
using IngestEmbeddings.Onnx.Tokenizers.Text;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

public sealed class PreTokenizerTests
{
    [Theory]
    [InlineData("""{"type":"BertPreTokenizer"}""", " a-b\u00A0$c。", "a|-|b|$|c|。")]
    [InlineData("""{"type":"Whitespace"}""", "a_é1 --b\u200Dc ⓐ!", "a_é1|--|b\u200Dc|ⓐ|!")]
    [InlineData("""{"type":"WhitespaceSplit"}""", " a,b\u0085c\uFEFF ", "a,b|c\uFEFF")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":"-"}""", "a--b-c", "a|b|c")]
    [InlineData("""{"type":"Digits","individual_digits":true}""", "a12½", "a|1|2|½")]
    [InlineData("""{"type":"Digits","individual_digits":false}""", "a12b", "a|12|b")]
    [InlineData("""{"type":"Punctuation"}""", "a!!b", "a|!|!|b")]
    [InlineData("""{"type":"Punctuation","behavior":"Contiguous"}""", "a!!b", "a|!!|b")]
    [InlineData("""{"type":"Metaspace"}""", "a  b", "▁a|▁|▁b")]
    [InlineData("""{"type":"Metaspace","split":false}""", "a b▁c", "▁a▁b▁c")]
    [InlineData("""{"type":"Metaspace","prepend_scheme":"never"}""", "a b", "a|▁b")]
    [InlineData("""{"type":"Metaspace","replacement":"_","add_prefix_space":false}""", "a b", "a|_b")]
    [InlineData("""{"type":"Metaspace"}""", "▁a", "▁a")]
    public void Each_kind_cuts_as_the_reference_does(string json, string text, string expected) =>
        string.Join('|', TokenizerParsing.Split(json, text)).ShouldBe(expected);

    [Theory]
    [InlineData("Removed", "a|b|c")]
    [InlineData("Isolated", "a|-|-|b|-|c")]
    [InlineData("Contiguous", "a|--|b|-|c")]
    [InlineData("MergedWithPrevious", "a-|-|b-|c")]
    [InlineData("MergedWithNext", "a|-|-b|-c")]
    public void Split_does_with_delimiters_what_it_is_told(string behavior, string expected) =>
        string.Join('|', TokenizerParsing.Split($$"""{"type":"Split","pattern":{"String":"-"},"behavior":"{{behavior}}","invert":false}""", "a--b-c"))
            .ShouldBe(expected);

    [Fact]
    public void An_inverted_split_keeps_the_matches() =>
        string.Join('|', TokenizerParsing.Split("""{"type":"Split","pattern":{"Regex":"\\d+"},"behavior":"Removed","invert":true}""", "a12b3"))
            .ShouldBe("12|3");

    // The expression of Qwen's tokenizers. The letters of 𝕳𝖊 lie outside the first plane.
    [Fact]
    public void A_regular_expression_sees_code_points_and_not_halves_of_them() =>
        string.Join('|', TokenizerParsing.Split(
            """
            {"type":"Split","behavior":"Isolated","invert":false,"pattern":{"Regex":"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}}
            """,
            "He'S 12 𝕳𝖊 😀\n\n  x")).ShouldBe("He|'S| |1|2| 𝕳𝖊| 😀\n\n| | x");

    [Fact]
    public void What_stands_in_for_a_code_point_has_its_category()
    {
        var standIns = new StandIns("[\uA000-\uABFFa-z]");
        for (var code = 0x10000; code <= 0x10FFFF; code++)
        {
            var shown = standIns.Of(code);
            CharUnicodeInfo.GetUnicodeCategory(shown).ShouldBe(CharUnicodeInfo.GetUnicodeCategory(code));
            (shown is >= '\uA000' and <= '\uABFF').ShouldBeFalse();
        }
    }

    [Fact]
    public void Byte_level_words_are_those_of_gpt_2() =>
        string.Join('|', TokenizerParsing.Split("""{"type":"ByteLevel","add_prefix_space":false}""", "it's  a12 𝕳é!\n x "))
            .ShouldBe("it|'s|Ġ|Ġa|12|ĠðĿķ³Ã©|!|Ċ|Ġx|Ġ");

    [Fact]
    public void Byte_level_puts_a_space_before_the_text_and_may_leave_it_whole() =>
        string.Join('|', TokenizerParsing.Split("""{"type":"ByteLevel","add_prefix_space":true,"use_regex":false}""", "a b"))
            .ShouldBe("ĠaĠb");

    [Theory]
    [InlineData(true, "▁a|▁b")]
    [InlineData(false, "a|▁b")]
    public void The_first_scheme_marks_only_the_beginning_of_the_text(bool atStart, string expected) =>
        string.Join('|', TokenizerParsing.Split("""{"type":"Metaspace","prepend_scheme":"first"}""", "a b", atStart)).ShouldBe(expected);

    [Fact]
    public void A_sequence_cuts_the_pieces_of_the_one_before() =>
        string.Join('|', TokenizerParsing.Split(
            """{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace"},{"type":"Digits","individual_digits":true}]}""",
            "a1 b")).ShouldBe("▁a|1|▁b");
}
