using System.Collections.Concurrent;
using System.Diagnostics;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx;

namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>The encoder alone: workers that take windows of texts from a queue, as the pipeline would give them.</summary>
internal sealed class EncoderLoop : IAsyncDisposable
{
    private const int WindowRows = 500;

    private readonly ModelEncoder _encoder;
    private readonly int _workers;

    public EncoderLoop(string folder, string precision, int workers, int threads)
    {
        _workers = workers;
        _encoder = OnnxEncoderFactory.Create(new OnnxEncoderOptions { Model = folder, Precision = precision, Threads = threads });
    }

    public ModelEncoder Encoder => _encoder;

    /// <summary>Encodes all texts.</summary>
    /// <returns>Real tokens a second.</returns>
    public async Task<double> MeasureAsync(string[] texts)
    {
        // Long texts are few: every worker gets several windows of them.
        var windows = new ConcurrentQueue<string[]>(texts.Chunk(Math.Clamp(texts.Length / (_workers * 4), 1, WindowRows)));
        var before = _encoder.Counters.Tokens;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, _workers).Select(async _ =>
        {
            while (windows.TryDequeue(out var window))
            {
                await _encoder.EncodeAsync(
                    window, TextRole.Document, new VectorBlock(window.Length, _encoder.Description.Dimension), CancellationToken.None);
            }
        }));
        return (_encoder.Counters.Tokens - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public ValueTask DisposeAsync() => _encoder.DisposeAsync();
}
