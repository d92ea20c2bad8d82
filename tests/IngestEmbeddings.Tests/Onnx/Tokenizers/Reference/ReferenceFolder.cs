using System.Text.Json.Nodes;
using IngestEmbeddings.Onnx.Tokenizers;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>A tokenizer read by this project and by the library from one file.</summary>
/// <remarks>
/// The file's own truncation and padding are left out, or replaced: who encodes says how long a text may be. Of a folder that has only
/// <c>vocab.txt</c>, the library reads the <c>tokenizer.json</c> that it stands for.
/// </remarks>
internal sealed class ReferenceFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingest-reference-");

    /// <param name="source">A folder with <c>tokenizer.json</c> or <c>vocab.txt</c>.</param>
    /// <param name="maxTokens">Where the library cuts; null for nowhere.</param>
    /// <param name="side">The side that it cuts: Right or Left.</param>
    /// <param name="asItIs">Whether the library reads the file's own text, whose numbers another writer would change.</param>
    public ReferenceFolder(string source, int? maxTokens = null, string side = "Right", bool asItIs = false)
    {
        var original = Path.Combine(source, "tokenizer.json");
        var hasJson = File.Exists(original);
        HasVocabularyOnly = !hasJson;
        var json = hasJson ? JsonNode.Parse(File.ReadAllText(original))!.AsObject() : FromVocabulary(File.ReadAllLines(Path.Combine(source, "vocab.txt")));
        json["padding"] = null;
        json["truncation"] = maxTokens is null ? null : new JsonObject
        {
            ["direction"] = side, ["max_length"] = maxTokens, ["strategy"] = "LongestFirst", ["stride"] = 0,
        };
        var file = Path.Combine(_folder.FullName, "tokenizer.json");
        File.WriteAllText(file, asItIs ? File.ReadAllText(original) : json.ToJsonString());
        Reference = new ReferenceTokenizer(file);
        Own = HuggingFaceTokenizer.Load(hasJson ? _folder.FullName : source);
    }

    /// <summary>True where the folder has no <c>tokenizer.json</c>, in which this project would read the side.</summary>
    public bool HasVocabularyOnly { get; }

    public HuggingFaceTokenizer Own { get; }

    public ReferenceTokenizer Reference { get; }

    public void Dispose()
    {
        Reference.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>An uncased BERT tokenizer as transformers makes it of its vocabulary.</summary>
    public static JsonObject FromVocabulary(IReadOnlyList<string> lines)
    {
        var vocabulary = new JsonObject();
        for (var id = 0; id < lines.Count; id++)
        {
            vocabulary[lines[id]] = id;
        }

        string[] special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. special.Where(vocabulary.ContainsKey).Select(token => new JsonObject
            {
                ["id"] = vocabulary[token]!.GetValue<int>(), ["content"] = token, ["single_word"] = false, ["lstrip"] = false,
                ["rstrip"] = false, ["normalized"] = false, ["special"] = true,
            })]),
            ["normalizer"] = JsonNode.Parse("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}"""),
            ["pre_tokenizer"] = JsonNode.Parse("""{"type":"BertPreTokenizer"}"""),
            ["post_processor"] = JsonNode.Parse(
                $$"""{"type":"BertProcessing","sep":["[SEP]",{{vocabulary["[SEP]"]}}],"cls":["[CLS]",{{vocabulary["[CLS]"]}}]}"""),
            ["decoder"] = null,
            ["model"] = new JsonObject
            {
                ["type"] = "WordPiece", ["unk_token"] = "[UNK]", ["continuing_subword_prefix"] = "##", ["max_input_chars_per_word"] = 100, ["vocab"] = vocabulary,
            },
        };
    }
}
