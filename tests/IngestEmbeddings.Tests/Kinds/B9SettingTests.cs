using System.Text.Json.Nodes;
using IngestEmbeddings.Tests.Onnx.Tokenizers;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A setting of a model folder that changes the ids is honoured, or refused by name: it is never ignored.</summary>
public sealed class B9SettingTests : IDisposable
{
    private const string Modules = """[{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"}]""";

    private readonly TokenizerFolderFixture _folder = new();

    public void Dispose() => _folder.Dispose();

    // The ids of "A b c" where four tokens are kept, with [CLS] = 2 and [SEP] = 3 around them.
    [Theory]
    [InlineData("tokenizer_config.json", """{"truncation_side":"left"}""", new[] { 2, 6, 7, 3 })]
    [InlineData("tokenizer_config.json", """{"truncation_side":"right"}""", new[] { 2, 4, 6, 3 })]
    [InlineData("sentence_bert_config.json", """{"do_lower_case":true}""", new[] { 2, 5, 6, 3 })]
    [InlineData("sentence_bert_config.json", """{"do_lower_case":false}""", new[] { 2, 4, 6, 3 })]
    [InlineData("tokenizer_config.json", """{"model_max_length":1000000000000000019884624838656}""", new[] { 2, 4, 6, 3 })]
    public void A_setting_that_changes_the_ids_is_honoured(string file, string setting, int[] expected)
    {
        Write(static _ => { });
        _folder.Write(file, setting);

        _folder.Load().Ids("A b c", 4).ShouldBe(expected);
    }

    [Theory]
    [InlineData("Left", new[] { 2, 6, 7, 3 })]
    [InlineData("Right", new[] { 2, 4, 6, 3 })]
    public void The_direction_of_the_tokenizers_own_truncation_is_honoured(string direction, int[] expected)
    {
        Write(tokenizer => tokenizer["truncation"] = JsonNode.Parse($$"""{"direction":"{{direction}}","max_length":4,"strategy":"LongestFirst","stride":0}"""));

        _folder.Load().Ids("A b c", 4).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"truncation_side":"middle"}""", "truncation_side")]
    [InlineData("""{"split_special_tokens":true}""", "split_special_tokens")]
    [InlineData("""{"do_lower_case":true}""", "do_lower_case")]
    [InlineData("""{"strip_accents":true}""", "strip_accents")]
    public void A_setting_that_is_not_known_or_contradicts_the_tokenizer_is_refused_by_name(string setting, string name)
    {
        Write(static _ => { });
        _folder.Write("tokenizer_config.json", setting);

        Should.Throw<IngestException>(() => _folder.Load()).Message.ShouldContain(name);
    }

    private void Write(Action<JsonObject> change)
    {
        var tokenizer = TokenizerFolderFixture.Bert("A", "a", "b", "c");
        tokenizer["normalizer"]!["lowercase"] = false;
        change(tokenizer);
        _folder.Write(tokenizer).Write("modules.json", Modules);
    }
}
