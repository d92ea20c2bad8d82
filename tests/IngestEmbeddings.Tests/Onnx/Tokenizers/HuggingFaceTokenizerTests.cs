using System.Text.Json.Nodes;
using IngestEmbeddings.Onnx.Tokenizers;
using IngestEmbeddings.Tokenizing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

/// <summary>Added tokens, the frame of special tokens, cutting, and what the files next to the tokenizer's say.</summary>
public sealed class HuggingFaceTokenizerTests
{
    private static HuggingFaceTokenizer Load(Action<JsonObject> change, string? config = null, string? specialTokens = null)
    {
        var tokenizer = TokenizerFolderFixture.Bert("a", "b", "c", "ab", "x", "##x");
        change(tokenizer);
        using var folder = new TokenizerFolderFixture();
        if (config is not null)
        {
            folder.Write("tokenizer_config.json", config);
        }

        if (specialTokens is not null)
        {
            folder.Write("special_tokens_map.json", specialTokens);
        }

        return folder.Write(tokenizer).Load();
    }

    private static HuggingFaceTokenizer WithAdded(string json) => Load(tokenizer => tokenizer["added_tokens"]!.AsArray().Add(JsonNode.Parse(json)));

    [Fact]
    public void The_longest_added_token_wins() =>
        Load(tokenizer =>
        {
            tokenizer["added_tokens"]!.AsArray().Add(TokenizerFolderFixture.Added("<x>", 20));
            tokenizer["added_tokens"]!.AsArray().Add(TokenizerFolderFixture.Added("<x><y>", 21));
        }).Ids("a<x><y><x>b").ShouldBe([2, 4, 21, 20, 5, 3]);

    [Theory]
    [InlineData("<x>a", 20, 4)]
    [InlineData("a  <x>  b", 4, 20, 5)]
    public void An_added_token_takes_the_white_space_it_is_told_to(string text, params int[] expected) =>
        WithAdded("""{"id":20,"content":"<x>","lstrip":true,"rstrip":true,"special":true}""").Ids(text)[1..^1].ShouldBe(expected);

    // White space is a token of this model, so that it shows who took it.
    [Theory]
    [InlineData(false, false, "a|_|<x>|_|b")]
    [InlineData(true, false, "a|<x>|_|b")]
    [InlineData(false, true, "a|_|<x>|b")]
    public void Stripping_is_by_side(bool left, bool right, string expected)
    {
        using var folder = new TokenizerFolderFixture();
        var tokenizer = folder.Write("tokenizer.json", $$$"""
            {"version":"1.0","model":{"type":"BPE","vocab":{"a":0,"b":1," ":2},"merges":[]},
             "added_tokens":[{"id":3,"content":"<x>","special":true,"lstrip":{{{(left ? "true" : "false")}}},"rstrip":{{{(right ? "true" : "false")}}}}]}
            """).Load();

        string.Join('|', tokenizer.Ids("a <x> b").Select(id => (string[])["a", "b", "_", "<x>"] is var names ? names[id] : "")).ShouldBe(expected);
    }

    [Theory]
    [InlineData("a tok b", true)]
    [InlineData("tok", true)]
    [InlineData("token", false)]
    [InlineData("étok", false)]
    [InlineData("tok\u200D", false)]
    [InlineData("tok!", true)]
    public void A_single_word_is_not_found_inside_another(string text, bool found) =>
        WithAdded("""{"id":20,"content":"tok","single_word":true,"normalized":false}""").Ids(text).Contains(20).ShouldBe(found);

    [Theory]
    [InlineData(true, "xÉy", true)]
    [InlineData(true, "xEY", true)]
    [InlineData(false, "xÉy", true)]
    [InlineData(false, "xEY", false)]
    public void A_normalized_token_is_looked_for_after_normalizing(bool normalized, string text, bool found) =>
        WithAdded($$"""{"id":20,"content":"Éy","normalized":{{(normalized ? "true" : "false")}}}""").Ids(text).Contains(20).ShouldBe(found);

    [Fact]
    public void A_template_may_put_tokens_on_both_sides() =>
        Load(tokenizer => tokenizer["post_processor"] = JsonNode.Parse(
            """
            {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"B","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"E","type_id":0}}],
             "pair":[],"special_tokens":{"B":{"id":"B","ids":[2,3],"tokens":["[CLS]","[SEP]"]},"E":{"id":"E","ids":[0],"tokens":["[PAD]"]}}}
            """)).Ids("a").ShouldBe([2, 3, 4, 0]);

    [Fact]
    public void Post_processors_in_sequence_wrap_each_other() =>
        Load(tokenizer => tokenizer["post_processor"] = JsonNode.Parse(
            """
            {"type":"Sequence","processors":[{"type":"ByteLevel","trim_offsets":true},{"type":"RobertaProcessing","sep":["[SEP]",3],"cls":["[CLS]",2],"trim_offsets":true,"add_prefix_space":true}]}
            """)).Ids("a").ShouldBe([2, 4, 3]);

    [Theory]
    [InlineData("right", new[] { 2, 4, 5, 3 })]
    [InlineData("left", new[] { 2, 5, 6, 3 })]
    public void The_side_that_is_cut_is_the_one_the_files_name(string side, int[] expected) =>
        Load(_ => { }, $$"""{"truncation_side":"{{side}}"}""").Ids("a b c", 4).ShouldBe(expected);

    [Theory]
    [InlineData("Left", null, new[] { 2, 5, 6, 3 })]
    [InlineData("Left", "right", new[] { 2, 4, 5, 3 })]
    [InlineData("Right", "left", new[] { 2, 5, 6, 3 })]
    public void The_configuration_decides_over_the_tokenizers_own_side(string direction, string? side, int[] expected) =>
        Load(
            tokenizer => tokenizer["truncation"] = JsonNode.Parse($$"""{"direction":"{{direction}}","max_length":2,"strategy":"LongestFirst","stride":1}"""),
            side is null ? null : $$"""{"truncation_side":"{{side}}"}""").Ids("a b c", 4).ShouldBe(expected);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_prefix_space_that_contradicts_the_tokenizer_is_refused(bool configured) =>
        Should.Throw<IngestException>(() => Load(
            tokenizer => tokenizer["pre_tokenizer"] = JsonNode.Parse($$"""{"type":"ByteLevel","add_prefix_space":{{(configured ? "false" : "true")}},"trim_offsets":true}"""),
            $$"""{"add_prefix_space":{{(configured ? "true" : "false")}}}""")).Message.ShouldContain("tokenizer_config.json: add_prefix_space");

    [Fact]
    public void A_limit_below_the_special_tokens_gives_the_first_of_them()
    {
        var tokens = new TokenBuffer();

        Load(_ => { }).Encode("a b", 1, tokens).ShouldBe(2);

        tokens.From(0).ToArray().ShouldBe([2]);
    }

    [Fact]
    public void Ids_are_appended_to_what_the_buffer_holds()
    {
        var tokenizer = Load(_ => { });
        var tokens = new TokenBuffer();
        tokenizer.Encode("a", 8, tokens);
        tokens.EndText();
        tokenizer.Encode("b", int.MaxValue, tokens);
        tokens.EndText();

        tokens[0].ToArray().ShouldBe([2, 4, 3]);
        tokens[1].ToArray().ShouldBe([2, 5, 3]);
    }

    [Theory]
    [InlineData("""{"pad_token":"[SEP]"}""", null, 3)]
    [InlineData("""{"pad_token":{"content":"[SEP]"}}""", null, 3)]
    [InlineData(null, """{"pad_token":"[CLS]"}""", 2)]
    [InlineData(null, null, 0)]
    public void The_pad_id_is_that_of_the_pad_token(string? config, string? specialTokens, int expected) =>
        Load(_ => { }, config, specialTokens).PadId.ShouldBe(expected);

    [Fact]
    public void The_padding_of_the_tokenizers_own_file_comes_first() =>
        Load(tokenizer => tokenizer["padding"] = JsonNode.Parse("""{"strategy":{"Fixed":128},"direction":"Right","pad_id":1}"""), """{"pad_token":"[SEP]"}""")
            .PadId.ShouldBe(1);

    [Theory]
    [InlineData("512", 512)]
    [InlineData("1000000000000000019884624838656", null)]
    public void The_maximum_length_is_known_where_it_is_a_limit(string number, int? expected) =>
        Load(_ => { }, $$"""{"model_max_length":{{number}}}""").MaxTokens.ShouldBe(expected);

    [Fact]
    public void The_vocabulary_ends_after_the_highest_id() =>
        WithAdded("""{"id":99,"content":"<x>"}""").VocabularySize.ShouldBe(100);

    [Fact]
    public void A_token_that_only_the_configuration_has_is_found() =>
        Load(_ => { }, """{"added_tokens_decoder":{"30":{"content":"<extra>","special":true}}}""").Ids("a<extra>").ShouldBe([2, 4, 30, 3]);

    [Theory]
    [InlineData("""{"do_lower_case":false}""", "do_lower_case")]
    [InlineData("""{"strip_accents":false}""", "strip_accents")]
    [InlineData("""{"tokenize_chinese_chars":false}""", "tokenize_chinese_chars")]
    [InlineData("""{"added_tokens_decoder":{"9":{"content":"[CLS]"}}}""", "added_tokens_decoder.9")]
    [InlineData("""{"truncation_side":"both"}""", "truncation_side")]
    [InlineData("""{"model_max_length":0}""", "model_max_length")]
    [InlineData("""{"split_special_tokens":true}""", "split_special_tokens")]
    [InlineData("""{"add_bos_token":true,"bos_token":"[SEP]"}""", "add_bos_token")]
    [InlineData("""{"add_bos_token":false,"bos_token":"[CLS]"}""", "add_bos_token")]
    [InlineData("""{"add_eos_token":true,"eos_token":{"content":"[CLS]"}}""", "add_eos_token")]
    [InlineData("""{"add_eos_token":false,"eos_token":"[SEP]"}""", "add_eos_token")]
    public void A_configuration_that_contradicts_the_tokenizer_is_refused(string config, string place) =>
        Should.Throw<IngestException>(() => Load(_ => { }, config)).Message.ShouldContain($"tokenizer_config.json: {place}");
}
