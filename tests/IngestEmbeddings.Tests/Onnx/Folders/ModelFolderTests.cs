using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Folders;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Folders;

public sealed class ModelFolderTests : IDisposable
{
    private readonly ModelFolderFixture _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_sentence_transformers_folder_is_understood()
    {
        _folder.Write("config_sentence_transformers.json", new { prompts = new { query = "query: ", passage = "passage: " } });

        var model = Open();

        model.Kind.ShouldBe("bert");
        model.Pooling.ShouldBe(Pooling.Mean);
        model.PoolingStated.ShouldBeTrue();
        model.Normalized.ShouldBeTrue();
        model.MaxTokens.ShouldBe(512);
        model.Prompts.Keys.ShouldBe(["query", "passage"]);
        model.DocumentPrompt.ShouldBe("passage: ");
        model.GraphPaths.ShouldBe([_folder.GraphPath]);
    }

    [Fact]
    public void Without_modules_the_mean_is_taken_and_nothing_is_normalised()
    {
        File.Delete(Path.Combine(_folder.Path, "modules.json"));

        var model = Open();

        model.Pooling.ShouldBe(Pooling.Mean);
        model.PoolingStated.ShouldBeFalse();
        model.Normalized.ShouldBeFalse();
    }

    [Theory]
    [InlineData("""{"pooling_mode_cls_token": true}""", Pooling.Cls)]
    [InlineData("""{"pooling_mode_max_tokens": true, "pooling_mode_mean_tokens": false}""", Pooling.Max)]
    [InlineData("""{"pooling_mode_lasttoken": true, "include_prompt": true}""", Pooling.LastToken)]
    [InlineData("""{"pooling_mode": "mean", "embedding_dimension": 32}""", Pooling.Mean)]
    public void Each_pooling_is_read(string config, Pooling expected)
    {
        WritePooling(config);
        Open().Pooling.ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"pooling_mode_mean_sqrt_len_tokens": true}""", "mean_sqrt_len_tokens")]
    [InlineData("""{"pooling_mode_weightedmean_tokens": true}""", "weightedmean_tokens")]
    [InlineData("""{"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true}""", "mean_tokens + cls_token")]
    [InlineData("""{}""", "''")]
    public void A_pooling_that_is_not_known_is_an_error_that_names_it(string config, string name)
    {
        WritePooling(config);
        Should.Throw<IngestException>(Open).Message.ShouldContain(name);
    }

    [Theory]
    [InlineData("""{"prompts":{"query":"q: ","passage":""}}""", true)]
    [InlineData("""{"prompts":{"query":"","passage":""}}""", false)]
    [InlineData("""{}""", false)]
    public void A_prompt_that_the_pooling_leaves_out_is_refused(string prompts, bool isRefused)
    {
        WritePooling("""{"pooling_mode_mean_tokens": true, "include_prompt": false}""");
        File.WriteAllText(Path.Combine(_folder.Path, "config_sentence_transformers.json"), prompts);
        if (isRefused)
        {
            Should.Throw<IngestException>(Open).Message.ShouldContain("include_prompt");
        }
        else
        {
            Open().IncludesPrompt.ShouldBeFalse();
        }
    }

    [Fact]
    public void What_sentence_transformers_does_with_a_text_is_read()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "sentence_bert_config.json"), """{"max_seq_length": 7, "do_lower_case": true}""");
        File.WriteAllText(Path.Combine(_folder.Path, "tokenizer_config.json"), """{"padding_side": "left", "model_max_length": 1e30}""");

        var model = Open();

        (model.LowerCases, model.PadsLeft, model.MaxTokens).ShouldBe((true, true, 7));
    }

    [Fact]
    public void A_module_that_is_not_known_is_an_error_that_names_it()
    {
        _folder.Write("modules.json", new[] { new { idx = 0, path = "0_WordWeights", type = "sentence_transformers.models.WordWeights" } });
        Should.Throw<IngestException>(Open).Message.ShouldContain("WordWeights");
    }

    [Fact]
    public void Two_poolings_are_refused()
    {
        _folder.Write("modules.json", Enumerable.Range(1, 2).Select(idx => new { idx, path = "1_Pooling", type = "sentence_transformers.models.Pooling" }).ToArray());
        Should.Throw<IngestException>(Open).Message.ShouldContain("two pooling modules");
    }

    [Fact]
    public void What_the_tokenizer_is_told_is_known_or_refused()
    {
        var file = Path.Combine(_folder.Path, "sentence_bert_config.json");
        File.WriteAllText(file, """{"tokenizer_args":{"padding_side":"left"}}""");
        Open().PadsLeft.ShouldBeTrue();
        File.WriteAllText(file, """{"tokenizer_args":{"truncation_side":"left"}}""");
        Should.Throw<IngestException>(Open).Message.ShouldContain("tokenizer_args.truncation_side");
    }

    [Fact]
    public void A_module_outside_the_folder_is_refused()
    {
        _folder.Write("modules.json", new[] { new { idx = 0, path = "../1_Pooling", type = "sentence_transformers.models.Pooling" } });
        Should.Throw<IngestException>(Open).Message.ShouldContain("outside");
    }

    [Fact]
    public void A_dense_layer_needs_a_graph_that_contains_it()
    {
        _folder.Write("modules.json", new[] { new { idx = 0, path = "2_Dense", type = "sentence_transformers.models.Dense" } });
        Should.Throw<IngestException>(() => _folder.Encoder()).Message.ShouldContain("dense layer");
    }

    [Fact]
    public void Broken_json_is_named()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "modules.json"), "[{");
        Should.Throw<IngestException>(Open).Message.ShouldContain("modules.json");
    }

    [Theory]
    [InlineData("""{"model_max_length": 128}""", null, 128)]
    [InlineData("""{"model_max_length": 1000000000000000019884624838656}""", null, 512)]
    [InlineData("""{"model_max_length": 128}""", """{"max_seq_length": 256}""", 256)]
    [InlineData("""{"model_max_length": 128}""", """{"max_seq_length": 4096}""", 512)]
    public void The_maximum_length_is_the_stated_one_within_the_models_positions(string tokenizer, string? sentence, int expected)
    {
        File.WriteAllText(Path.Combine(_folder.Path, "tokenizer_config.json"), tokenizer);
        File.WriteAllText(Path.Combine(_folder.Path, "sentence_bert_config.json"), sentence ?? "{}");
        Open().MaxTokens.ShouldBe(expected);
    }

    [Fact]
    public void The_roberta_family_never_uses_its_first_positions()
    {
        File.Delete(Path.Combine(_folder.Path, "sentence_bert_config.json"));
        _folder.Write("config.json", new { model_type = "xlm-roberta", max_position_embeddings = 514, pad_token_id = 1 });
        Open().MaxTokens.ShouldBe(512);
    }

    [Theory]
    [InlineData("nomic-ai/nomic-embed-text-v1.5", "search_document: ", "search_query: ")]
    [InlineData("BAAI/bge-small-en-v1.5", "", "Represent this sentence for searching relevant passages: ")]
    [InlineData("Xenova/bge-large-zh", "", "为这个句子生成表示以用于检索相关文章：")]
    [InlineData("WhereIsAI/UAE-Large-V1", "", "Represent this sentence for searching relevant passages: ")]
    [InlineData("intfloat/e5-large-v2", "passage: ", "query: ")]
    [InlineData("BAAI/bge-m3", "", "")]
    [InlineData("BAAI/bge-reranker-base", "", "")]
    [InlineData("intfloat/multilingual-e5-large-instruct", "", "")]
    [InlineData("sentence-transformers/all-MiniLM-L6-v2", "", "")]
    public void Prompts_that_no_file_states_are_those_of_the_family(string name, string document, string query) =>
        ProsePrompts.Of(null, name).ShouldBe(new ProsePrompts(document, query));

    [Theory]
    [InlineData("intfloat/multilingual-e5-small", "passage: ")]
    [InlineData("intfloat/e5-base-v2", "passage: ")]
    [InlineData("intfloat/multilingual-e5-large-instruct", "")]
    [InlineData("sentence-transformers/all-MiniLM-L6-v2", "")]
    [InlineData("some/phone5-small", "")]
    public void An_e5_model_is_known_by_its_name(string name, string prompt)
    {
        _folder.Write("config.json", new Dictionary<string, string> { ["_name_or_path"] = name });
        Open().DocumentPrompt.ShouldBe(prompt);
    }

    [Fact]
    public void A_folder_without_a_graph_says_so()
    {
        File.Delete(_folder.GraphPath);
        Should.Throw<IngestException>(Open).Message.ShouldContain("onnx/model*.onnx");
    }

    [Fact]
    public void A_precision_that_is_not_there_names_what_is()
    {
        Should.Throw<IngestException>(() => _folder.Encoder("int8")).Message.ShouldContain("model.onnx (fp32)");
        Should.Throw<IngestException>(() => _folder.Encoder("fp8")).Error.ShouldBe(IngestError.Usage);
    }

    [Fact]
    public void A_graph_that_wants_more_than_text_is_refused()
    {
        var graph = BertGraph.Build(_folder.Shape);
        var input = graph.Graph.Input[0].Clone();
        input.Name = "pixel_values";
        graph.Graph.Input.Add(input);
        ModelFiles.WriteGraph(_folder.GraphPath, graph);

        Should.Throw<IngestException>(() => _folder.Encoder()).Message.ShouldContain("pixel_values");
    }

    [Fact]
    public void A_graph_that_gives_something_else_is_refused()
    {
        var graph = BertGraph.Build(_folder.Shape);
        graph.Graph.Output[0].Name = "logits";
        graph.Graph.Node[^1].Output[0] = "logits";
        ModelFiles.WriteGraph(_folder.GraphPath, graph);

        Should.Throw<IngestException>(() => _folder.Encoder()).Message.ShouldContain("logits");
    }

    [Fact]
    public async Task The_fingerprint_changes_with_everything_that_vectors_depend_on()
    {
        var fingerprints = new List<string> { await FingerprintAsync() };
        (await FingerprintAsync()).ShouldBe(fingerprints[0]);

        fingerprints.Add(await FingerprintAsync(prefix: "passage: "));
        WritePooling("""{"pooling_mode_cls_token": true}""");
        fingerprints.Add(await FingerprintAsync());
        _folder.Write("sentence_bert_config.json", new { max_seq_length = 64 });
        fingerprints.Add(await FingerprintAsync());
        _folder.Write("special_tokens_map.json", new { pad_token = "[PAD]" });
        fingerprints.Add(await FingerprintAsync());
        ModelFiles.WriteGraph(_folder.GraphPath, BertGraph.Build(_folder.Shape with { Seed = 2 }));
        fingerprints.Add(await FingerprintAsync());

        fingerprints.ShouldBeUnique();
    }

    private async Task<string> FingerprintAsync(string prefix = "")
    {
        await using var encoder = OnnxEncoderFactory.Create(
            new OnnxEncoderOptions { Model = _folder.Path, Precision = "fp32", Prefix = prefix, TokenBudget = 256 });
        return encoder.Description.Fingerprint;
    }

    private ModelFolder Open() => ModelFolder.Open(_folder.Path);

    private void WritePooling(string config) => File.WriteAllText(Path.Combine(_folder.Path, "1_Pooling", "config.json"), config);
}
