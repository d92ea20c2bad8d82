using BenchmarkDotNet.Attributes;
using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Benchmarks;

/// <summary>One short text through <c>builtin:hashing</c>. Aim: 5 µs on a core, 0 bytes a text.</summary>
[MemoryDiagnoser]
public class HashingBenchmark
{
    private const int Texts = 1000;

    private readonly HashingEncoder _encoder = new();
    private readonly VectorBlock _vectors = new(Texts, HashingEncoder.Dimension);
    private string[] _texts = [];

    [Params("english", "hawaiian", "decomposed", "mixed")]
    public string Script { get; set; } = "english";

    [GlobalSetup]
    public void Setup() => _texts = ShortTexts.Of(Script);

    [Benchmark(OperationsPerInvoke = Texts)]
    public Task Encode() => _encoder.EncodeAsync(_texts, TextRole.Document, _vectors, CancellationToken.None).AsTask();
}
