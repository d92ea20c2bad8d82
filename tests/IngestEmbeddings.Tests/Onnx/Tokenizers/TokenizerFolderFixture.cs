using System.Text.Json.Nodes;
using IngestEmbeddings.Onnx.Tokenizers;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

/// <summary>A model folder that a test makes, with the files it writes into it.</summary>
internal sealed class TokenizerFolderFixture : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ingest-tokenizer-").FullName;

    public TokenizerFolderFixture Write(string name, string text)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, name), text);
        return this;
    }

    public TokenizerFolderFixture Write(JsonObject tokenizer) => Write("tokenizer.json", tokenizer.ToJsonString());

    public HuggingFaceTokenizer Load() => HuggingFaceTokenizer.Load(Path);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>A small WordPiece tokenizer in BERT's form, for tests to change.</summary>
    public static JsonObject Bert(params ReadOnlySpan<string> words)
    {
        var vocabulary = new JsonObject();
        foreach (var token in (ReadOnlySpan<string>)["[PAD]", "[UNK]", "[CLS]", "[SEP]", .. words])
        {
            vocabulary[token] = vocabulary.Count;
        }

        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(
                Added("[PAD]", 0), Added("[UNK]", 1), Added("[CLS]", 2), Added("[SEP]", 3)),
            ["normalizer"] = new JsonObject { ["type"] = "BertNormalizer" },
            ["pre_tokenizer"] = new JsonObject { ["type"] = "BertPreTokenizer" },
            ["post_processor"] = new JsonObject
            {
                ["type"] = "BertProcessing",
                ["sep"] = new JsonArray("[SEP]", 3),
                ["cls"] = new JsonArray("[CLS]", 2),
            },
            ["model"] = new JsonObject { ["type"] = "WordPiece", ["unk_token"] = "[UNK]", ["vocab"] = vocabulary },
        };
    }

    public static JsonObject Added(string content, int id) =>
        new() { ["id"] = id, ["content"] = content, ["special"] = true, ["normalized"] = false };
}

internal static class EncodingForTests
{
    /// <summary>The ids of one text.</summary>
    public static int[] Ids(this ITokenizer tokenizer, string text, int maxTokens = int.MaxValue)
    {
        var tokens = new TokenBuffer();
        tokenizer.Encode(text, maxTokens, tokens);
        return tokens.From(0).ToArray();
    }
}
