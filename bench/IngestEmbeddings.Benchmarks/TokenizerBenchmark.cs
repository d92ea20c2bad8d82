using BenchmarkDotNet.Attributes;
using IngestEmbeddings.Onnx.Tokenizers;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Benchmarks;

/// <summary>The token ids of one short text, with the small tokenizers of the tests. Aim: 0 bytes a text.</summary>
/// <remarks>
/// A model encodes some 10,000 tokens a second and core; a tokenizer that makes 300,000 costs it less than 4 %.
/// </remarks>
[MemoryDiagnoser]
public class TokenizerBenchmark
{
    private const int Texts = 1000;

    private readonly TokenBuffer _tokens = new();
    private HuggingFaceTokenizer _tokenizer = null!;
    private string[] _texts = [];

    [Params("wordpiece", "byte-level-bpe", "unigram", "sentencepiece-unigram", "sentencepiece-bpe")]
    public string Kind { get; set; } = "wordpiece";

    [Params("english", "hawaiian", "decomposed", "mixed")]
    public string Script { get; set; } = "english";

    [GlobalSetup]
    public void Setup()
    {
        _tokenizer = HuggingFaceTokenizer.Load(Path.Combine(FindGoldens(), Kind));
        _texts = ShortTexts.Of(Script);
    }

    [Benchmark(OperationsPerInvoke = Texts)]
    public int Encode()
    {
        _tokens.Clear();
        foreach (var text in _texts)
        {
            _tokenizer.Encode(text, int.MaxValue, _tokens);
            _tokens.EndText();
        }

        return _tokens.Length;
    }

    private static string FindGoldens()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var goldens = Path.Combine(folder.FullName, "tests", "IngestEmbeddings.Tests", "Golden", "tokenizers");
            if (Directory.Exists(goldens))
            {
                return goldens;
            }
        }

        throw new InvalidOperationException($"No goldens above {AppContext.BaseDirectory}: run the benchmarks inside the repository.");
    }
}
