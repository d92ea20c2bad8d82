using System.Globalization;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>Models of a few tokens give the ids of the library, where published ones seldom go.</summary>
public sealed class ReferenceModelTests
{
    private const string Bytes = "\"<0x61>\":10,\"<0xC3>\":11,\"<0xA9>\":12,\"<0x09>\":13,\"<0x5F>\":14";

    private static readonly string[] Texts =
    [
        "a", "é", "ab", "aéb", "é\té", "xéy", "x\ty", "xyéxy", "é字é", "ab字字ab", "axb", "xx", "xéx", "éx", "xé", "b\tx字y\tz", "", "aé\u0301b", "z_z",
    ];

    public static TheoryData<string> Models =>
    [
        $$"""{"type":"BPE","unk_token":"?","byte_fallback":true,"vocab":{"?":0,"b":1,{{Bytes}}},"merges":[]}""",
        $$"""{"type":"BPE","unk_token":"?","fuse_unk":true,"byte_fallback":true,"vocab":{"?":0,"b":1,{{Bytes}}},"merges":[]}""",
        $$"""{"type":"BPE","byte_fallback":true,"vocab":{"b":1,{{Bytes}}},"merges":[]}""",
        $$"""{"type":"BPE","unk_token":"?","byte_fallback":true,"end_of_word_suffix":"_","vocab":{"?":0,"b":1,"b_":2,{{Bytes}}},"merges":[]}""",
        $$"""{"type":"BPE","unk_token":"?","fuse_unk":true,"byte_fallback":true,"continuing_subword_prefix":"_","vocab":{"?":0,"b":1,"_b":2,{{Bytes}}},"merges":[]}""",
        """{"type":"BPE","unk_token":"?","fuse_unk":true,"vocab":{"?":0,"a":1,"b":2,"ab":3,"??":4},"merges":["a b"]}""",
        """{"type":"Unigram","unk_id":0,"byte_fallback":true,"vocab":[["?",0],["b",-1],["<0xC3>",-2],["<0xA9>",-2],["<0x09>",-3]]}""",
        """{"type":"Unigram","unk_id":0,"byte_fallback":false,"vocab":[["?",0],["a",-1],["b",-1.5],["ab",-2.5],["éx",-9]]}""",
        """{"type":"WordLevel","unk_token":"?","vocab":{"?":0,"a":1,"ab":2,"xéy":3}}""",
        """{"type":"WordPiece","unk_token":"?","continuing_subword_prefix":"","max_input_chars_per_word":3,"vocab":{"?":0,"a":1,"b":2,"é":3,"ab":4}}""",
    ];

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_gives_the_ids_of_the_library(string model)
    {
        ReferenceTokenizer.SkipWhereMissing();
        using var folder = new TokenizerFolderFixture();
        folder.Write("tokenizer.json", Tokenizer(model));
        using var both = new ReferenceFolder(folder.Path);
        foreach (var text in Texts)
        {
            both.Own.Ids(text).ShouldBe(both.Reference.Ids(text), text);
        }
    }

    [Fact]
    public void Scores_that_are_equal_but_for_their_last_place_choose_as_the_library_does()
    {
        ReferenceTokenizer.SkipWhereMissing();
        var random = new Random(7);
        var vocabulary = new List<string> { "[\"?\",0]" };
        var texts = new List<string>();
        for (var i = 0; i < 400; i++)
        {
            // A pair whose own score is the sum of its letters', in as many digits as make it a tie or nearly one.
            var (left, right) = (char.ConvertFromUtf32(0x4E00 + (2 * i)), char.ConvertFromUtf32(0x4E01 + (2 * i)));
            var (first, second) = (Score(random), Score(random));
            var sum = Parse(first) + Parse(second);
            vocabulary.AddRange([Entry(left, first), Entry(right, second), Entry(left + right, sum.ToString(i % 2 == 0 ? "R" : "F20", CultureInfo.InvariantCulture))]);
            texts.Add(left + right);
        }

        using var folder = new TokenizerFolderFixture();
        folder.Write("tokenizer.json", Tokenizer($$"""{"type":"Unigram","unk_id":0,"vocab":[{{string.Join(',', vocabulary)}}]}"""));
        using var both = new ReferenceFolder(folder.Path, asItIs: true);
        var lengths = texts.Select(text =>
        {
            var ids = both.Own.Ids(text);
            ids.ShouldBe(both.Reference.Ids(text), text);
            return ids.Length;
        }).ToArray();

        lengths.ShouldContain(1);
        lengths.ShouldContain(2);
    }

    private static string Score(Random random) => "-" + (random.NextDouble() * 20).ToString(random.Next(3) == 0 ? "F25" : "R", CultureInfo.InvariantCulture);

    private static double Parse(string score) => double.Parse(score, CultureInfo.InvariantCulture);

    private static string Entry(string token, string score) => $"[{JsonSerializer.Serialize(token)},{score}]";

    private static string Tokenizer(string model) =>
        $$"""{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"pre_tokenizer":null,"post_processor":null,"decoder":null,"model":{{model}}}""";
}
