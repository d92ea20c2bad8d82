using System.Text.Json;
using CsCheck;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>Each normalizer and pre-tokenizer gives what the library gives, for every code point and for mixtures of odd ones.</summary>
[Slow]
public sealed class ReferencePartTests
{
    private const int CodePointsPerText = 100;

    private static readonly int[] Odd =
    [
        .. "aAzé É\u0301\u0327\u0345\u0334ʻ字😀\u200D\r\n\t\0\u0085\u00A0\u3000▁ﬁ'1²½…\u0E33ﷺİΣſKÅ\u1100\u1161\u11A8가각\u0600\u0903\u093F\u094D\u0915™©\u200B\uFEFF\uFFFD_-".EnumerateRunes().Select(rune => rune.Value),
        0x1D15E, 0x1D160, 0x2F800, 0x2B820, 0x2B920, 0x1F1E6, 0x1F468, 0xE0001, 0x110BD, 0x16D6A, 0x113C5, 0x11935,
    ];

    private static readonly Gen<string> Mixtures = Gen.OneOf(
        Gen.Int[0, Odd.Length - 1].Select(index => Odd[index]),
        Gen.Int[0x20, 0x24F], Gen.Int[0x300, 0x36F], Gen.Int[0x590, 0x1FFF], Gen.Int[0x2000, 0x33FF], Gen.Int[0xA000, 0xD7FF], Gen.Int[0x10000, 0x1FFFF])
        .Where(code => code != ReferenceParts.End).Select(char.ConvertFromUtf32).Array[1, 24].Select(string.Concat);

    public static TheoryData<string> Normalizers =>
    [
        """{"type":"NFC"}""",
        """{"type":"NFD"}""",
        """{"type":"NFKC"}""",
        """{"type":"NFKD"}""",
        """{"type":"Nmt"}""",
        """{"type":"Lowercase"}""",
        """{"type":"StripAccents"}""",
        """{"type":"Strip","strip_left":true,"strip_right":true}""",
        """{"type":"Prepend","prepend":"▁"}""",
        """{"type":"ByteLevel"}""",
        """{"type":"Replace","pattern":{"String":"aa"},"content":"b"}""",
        """{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "}""",
        """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""",
        """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":false}""",
        """{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":false,"strip_accents":true,"lowercase":false}""",
        CharsMapBuilder.Normalizer(("a", "b"), ("é", ""), ("™", "TM"), ("©", "(C)"), ("\u0600", "Y"), ("字", "x"), ("ﬁ", "fi"), ("\u1161", "V")),
    ];

    public static TheoryData<string> PreTokenizers =>
    [
        """{"type":"BertPreTokenizer"}""",
        """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""",
        """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""",
        """{"type":"CharDelimiterSplit","delimiter":"a"}""",
        """{"type":"Digits","individual_digits":true}""",
        """{"type":"Digits","individual_digits":false}""",
        """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""",
        """{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":false}""",
        """{"type":"Punctuation","behavior":"Contiguous"}""",
        """{"type":"Punctuation","behavior":"MergedWithPrevious"}""",
        """{"type":"UnicodeScripts"}""",
        """{"type":"Whitespace"}""",
        """{"type":"WhitespaceSplit"}""",
        Split(@"\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", "Isolated"),
        Split(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", "Isolated"),
        Split(@"\w+", "Isolated"),
        Split(@"\W", "Removed"),
        Split(@"[\w-]+|\S", "MergedWithNext"),
        Split(@"[^\w\d]", "Contiguous"),
        Split(@"(?:aA){1,2}+z|\p{Lu}{,2}a", "Isolated"),
        Split(@"(?i:'s|'re|k)", "Isolated"),
        Split("[\u0800-\u4e00]|[\\x{3040}-\\x{30ff}\\-a-c]+", "Removed"),
        Split(@"[\p{L}&&[^aé]]+", "Isolated"),
        Split(@"[^\p{M}&&\P{N}&&[\x{80}-\x{2FFF}]]++", "Isolated"),
        Split(@"\p{N}++(?=a)|\p{Lu}?+\p{Ll}*+", "Isolated"),
        Split(@"(?<=a)\p{M}|\h", "Isolated"),
        Split(@"[\p{Lu}\p{Mn}\p{Nd}\p{Pc}\p{Ps}\p{Sm}\p{Cc}\p{Zs}]", "Removed"),
        Split(@"[\p{Ll}\p{Mc}\p{Nl}\p{Pd}\p{Pe}\p{Sc}\p{Cf}\p{Zl}]", "Removed"),
        Split(@"[\p{Lt}\p{Lm}\p{Me}\p{No}\p{Pi}\p{Pf}\p{Sk}\p{Co}\p{Zp}]", "Removed"),
    ];

    [Theory]
    [MemberData(nameof(Normalizers))]
    public void A_normalizer_gives_what_the_library_gives(string json)
    {
        ReferenceTokenizer.SkipWhereMissing();
        using var reference = new ReferenceParts(normalizer: json);
        var normalize = TokenizerParsing.Normalizer(json);
        Check(text => normalize(text).ShouldBe(reference.Normalized(text), Name(text)));
    }

    [Theory]
    [MemberData(nameof(PreTokenizers))]
    public void A_pre_tokenizer_gives_what_the_library_gives(string json)
    {
        ReferenceTokenizer.SkipWhereMissing();
        using var reference = new ReferenceParts(preTokenizer: json);
        var split = TokenizerParsing.Splitter(json);
        Check(text => string.Join('¦', split(text, true)).ShouldBe(string.Join('¦', reference.Pieces(text)), Name(text)));
    }

    private static void Check(Action<string> agree)
    {
        // No script lives beyond these; the rest is unassigned or for private use.
        foreach (var codes in CodePointRanges.All().Where(code => code is < 0x32400 or (>= 0xE0000 and <= 0xE0200) or >= 0x10FF00).Chunk(CodePointsPerText))
        {
            agree(string.Concat(codes.Select(code => "a" + char.ConvertFromUtf32(code))));
        }

        Mixtures.Sample(agree, iter: 2_000, threads: 1);
    }

    private static string Split(string expression, string behavior) =>
        $$$"""{"type":"Split","pattern":{"Regex":{{{JsonSerializer.Serialize(expression)}}}},"behavior":"{{{behavior}}}","invert":false}""";

    private static string Name(string text) => string.Join(' ', text.EnumerateRunes().Take(250).Select(rune => $"{rune.Value:X4}"));
}
