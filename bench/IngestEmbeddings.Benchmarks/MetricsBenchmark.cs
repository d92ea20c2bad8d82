using BenchmarkDotNet.Attributes;
using IngestEmbeddings.Metrics;

namespace IngestEmbeddings.Benchmarks;

/// <summary>All metrics of one short text, lexicon of 30,000 words and entities included. Aim: 0 bytes a text.</summary>
[MemoryDiagnoser]
public class MetricsBenchmark
{
    private const int Texts = 1000;

    private readonly TextMeter _meter = new(
        Lexicon.FromLines([
            .. Enumerable.Range(0, 30_000).Select(word => $"w{word:x}"),
            .. ShortTexts.Of("english").Take(2).SelectMany(text => text.Split(' ')),
            .. ShortTexts.Of("hawaiian").Take(2).SelectMany(text => text.Split(' ')),
        ]),
        TextLanguage.Hawaiian);

    private string[] _texts = [];

    [Params("english", "hawaiian", "decomposed", "mixed")]
    public string Script { get; set; } = "english";

    [GlobalSetup]
    public void Setup() => _texts = ShortTexts.Of(Script);

    [Benchmark(OperationsPerInvoke = Texts)]
    public int Measure()
    {
        var sum = 0;
        foreach (var text in _texts)
        {
            sum += _meter.Measure(text, null).WordCount;
        }

        return sum;
    }
}
