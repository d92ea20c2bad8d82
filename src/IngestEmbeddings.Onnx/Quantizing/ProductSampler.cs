using Google.Protobuf;
using IngestEmbeddings.Batching;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Runtime;
using IngestEmbeddings.Tokenizing;
using Microsoft.ML.OnnxRuntime;

namespace IngestEmbeddings.Onnx.Quantizing;

/// <summary>Runs texts through the fp32 graph and sums up what its products read.</summary>
internal sealed class ProductSampler
{
    /// <summary>Tokens of one call: enough for the sums to be worth their memory.</summary>
    private const int CallTokens = 1024;

    /// <summary>Sums that are kept at a time, in floats: 256 MB. A larger model is run several times.</summary>
    private const long PassFloats = 64L << 20;

    private readonly string _graphPath;
    private readonly TokenBuffer _tokens;
    private readonly int _threads;

    /// <summary>Creates the sampler.</summary>
    /// <param name="graphPath">The fp32 graph.</param>
    /// <param name="tokens">The texts.</param>
    /// <param name="threads">Threads to use, at least 1.</param>
    public ProductSampler(string graphPath, TokenBuffer tokens, int threads) => (_graphPath, _tokens, _threads) = (graphPath, tokens, threads);

    /// <summary>Samples values of the graph, a few at a time.</summary>
    /// <param name="values">The names of the values, and how many numbers a row of each has.</param>
    /// <param name="use">Is given each value's sums once they are whole.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public void Sample(
        IReadOnlyList<(string Name, int Width)> values, Action<string, ActivationMoments> use, CancellationToken cancellationToken)
    {
        for (var done = 0; done < values.Count;)
        {
            var pass = new Dictionary<string, ActivationMoments>(StringComparer.Ordinal);
            for (long floats = 0; done < values.Count && (pass.Count == 0 || floats + Square(values[done].Width) <= PassFloats); done++)
            {
                floats += Square(values[done].Width);
                pass.Add(values[done].Name, new ActivationMoments(values[done].Width));
            }

            RunPass(pass, cancellationToken);
            foreach (var (name, moments) in pass)
            {
                use(name, moments);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        static long Square(int width) => (long)width * width;
    }

    private void RunPass(Dictionary<string, ActivationMoments> moments, CancellationToken cancellationToken)
    {
        // Next to the graph, whose weights may lie in other files of its folder.
        var path = _graphPath + ".sampled";
        try
        {
            WriteWithOutputs(path, moments.Keys);
            using var options = new SessionOptions { IntraOpNumThreads = _threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            using var session = new InferenceSession(path, options);
            var inputs = GraphInput.Of(session, _graphPath);
            var buffers = new CallBuffers(inputs, new GraphOutput("", IsPooled: false, IsHalf: false));
            string[] names = [.. moments.Keys];
            var batch = new TokenBatch();
            foreach (var texts in Calls())
            {
                cancellationToken.ThrowIfCancellationRequested();
                batch.Fill(_tokens, texts, padId: 0);
                var values = inputs.Select((_, i) => buffers.Input(i, batch)).ToArray();
                try
                {
                    using var run = new RunOptions();
                    using var outputs = session.Run(run, [.. inputs.Select(static input => input.Name)], values, names);
                    foreach (var (name, output) in names.Zip(outputs))
                    {
                        moments[name].Add(output.GetTensorDataAsSpan<float>().ToArray(), _threads);
                    }
                }
                finally
                {
                    Array.ForEach(values, static value => value.Dispose());
                }
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Texts of one length at a time: without padding, whose activations are of no text.</summary>
    private IEnumerable<int[]> Calls() => Enumerable.Range(0, _tokens.Count)
        .GroupBy(text => _tokens[text].Length)
        .Where(static group => group.Key > 0)
        .SelectMany(static group => group.Chunk(Math.Max(1, CallTokens / group.Key)));

    private void WriteWithOutputs(string path, IEnumerable<string> values)
    {
        ModelProto model;
        using (var input = File.OpenRead(_graphPath))
        {
            model = ModelProto.Parser.ParseFrom(input);
        }

        var present = model.Graph.Output.Select(static output => output.Name).ToHashSet(StringComparer.Ordinal);
        model.Graph.Output.AddRange(values.Where(name => !present.Contains(name)).Select(static name => new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.TensorTypeProto { ElemType = OnnxTypes.Float } },
        }));
        using var output = File.Create(path);
        model.WriteTo(output);
    }
}
