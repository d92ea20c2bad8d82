using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>
/// The ceiling: threads that do nothing but call ONNX Runtime on one shared session, always with the same full batch. No
/// text, no tokenizer, no padding, no pooling, no database.
/// </summary>
internal sealed class BareLoop : IDisposable
{
    private static readonly (int Rows, int Width)[] Shapes = [(16, 16), (32, 16), (64, 16), (16, 32), (32, 32), (64, 32), (8, 64), (16, 64)];

    private readonly InferenceSession _session;
    private readonly TimeSpan _time;
    private readonly int _vocabulary;
    private (int Rows, int Width) _best;

    /// <summary>Opens a graph and seeks its best shape.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="how">How long to measure.</param>
    /// <param name="shapes">The shapes to try; null for those of short texts.</param>
    public BareLoop(string graph, RatioOptions how, (int Rows, int Width)[]? shapes = null)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        _session = new InferenceSession(graph, options);
        _time = how.LoopTime;
        _vocabulary = how.Vocabulary;
        _best = (shapes ?? Shapes).MaxBy(shape => TokensPerSecond(shape, 2, how.ShapeTime));
    }

    /// <summary>The shape that gave the most.</summary>
    public string BestShape => $"{_best.Rows} × {_best.Width}";

    /// <summary>Tokens a second at the best shape.</summary>
    public double Measure(int threads) => TokensPerSecond(_best, threads, _time);

    public void Dispose() => _session.Dispose();

    private double TokensPerSecond((int Rows, int Width) shape, int threads, TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        var calls = 0;
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            var inputs = _session.InputMetadata.Keys.Select(name => Value(name, shape)).ToArray();
            using var options = new RunOptions();
            while (Stopwatch.GetElapsedTime(start) < time)
            {
                using var outputs = _session.Run(options, [.. _session.InputMetadata.Keys], inputs, _session.OutputNames);
                Interlocked.Increment(ref calls);
            }

            foreach (var input in inputs)
            {
                input.Dispose();
            }
        })).ToArray();
        foreach (var worker in workers)
        {
            worker.Start();
        }

        foreach (var worker in workers)
        {
            worker.Join();
        }

        return calls * shape.Rows * shape.Width / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private OrtValue Value(string name, (int Rows, int Width) shape)
    {
        var random = new Random(1);
        var values = new long[shape.Rows * shape.Width];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = name switch
            {
                "input_ids" => random.Next(_vocabulary / 20, _vocabulary),
                "attention_mask" => 1,
                _ => 0,
            };
        }

        return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values.AsMemory(), [shape.Rows, shape.Width]);
    }
}
