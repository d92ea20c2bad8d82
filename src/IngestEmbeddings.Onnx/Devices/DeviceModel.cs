using System.Numerics.Tensors;
using IngestEmbeddings.Batching;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Runtime;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Devices;

/// <summary>Loads a graph in the form that a GPU runs best, or in fp16 that its folder does not have.</summary>
internal static class DeviceModel
{
    /// <summary>How a graph is computed that this program made fp16 of: part of the fingerprint.</summary>
    public const string MadeHalf = "fp16 of fp32";

    /// <summary>
    /// The cosine that fp16 has to reach on each of <see cref="Texts"/> before it is taken unasked: what is lost then is less than a tenth of
    /// what int8 loses.
    /// </summary>
    private const float NearEnough = 0.9999f;

    private static readonly string[] Texts =
    [
        "The tide turned before noon.",
        "Two boats lay on the sand, and nobody knew whose they were.",
        "a",
        "Which of these roads leads to the harbour, and how long does one walk?",
        "Le vent du large sent le sel et la résine.",
        "Берег был пуст, только чайки кричали над водой.",
        "海の向こうに小さな島が見える。",
        "E komo mai, e nā hoa aloha, i kēia ʻāina nani.",
        "In 1874, 23 ships (of 41) came back; 18 did not: storms, ice, and one mutiny.",
        string.Join(' ', Enumerable.Repeat("Rain fell on the hills, the river rose, and by evening the lower fields were under water.", 8)),
    ];

    /// <summary>Loads a graph.</summary>
    /// <param name="graph">The graph, of fp32 or fp16.</param>
    /// <param name="half">True to make fp16 of it.</param>
    /// <param name="folder">How to pool and normalise.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="threads">Threads inside one call, at least 1; of no use on a GPU.</param>
    /// <param name="dimensions">The components to keep; null for all.</param>
    /// <exception cref="IngestException">The graph cannot be loaded there, or no fp16 can be made of it.</exception>
    public static OnnxModel Load(GraphFile graph, bool half, ModelFolder folder, ComputeDevice device, int threads, int? dimensions)
    {
        // A copy of a graph with files of its own would need copies of those.
        if (!half && graph.DataFiles.Count > 0)
        {
            return new OnnxModel(graph.Path, folder, threads, dimensions, device.Configure);
        }

        using var copy = new GraphCopy();
        ModelProto model;
        using (var stream = File.OpenRead(graph.Path))
        {
            model = ModelProto.Parser.ParseFrom(stream);
        }

        if (half && !HalfGraph.TryConvert(model.Graph, Path.GetDirectoryName(graph.Path)!))
        {
            throw new IngestException(
                IngestError.Configuration, $"fp16 cannot be made of {graph.Path}, which has operators that are not known. Use --precision fp32.");
        }

        PooledGraph.TryAdd(model.Graph, folder.Pooling);
        copy.Write(model);
        return new OnnxModel(copy.Path, folder, threads, dimensions, device.Configure) { Arithmetic = half ? MadeHalf : null };
    }

    /// <summary>Loads fp16 made of a graph where that is near enough to the graph itself, else the graph.</summary>
    /// <param name="graph">The graph, of fp32.</param>
    /// <param name="folder">How to pool and normalise.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="threads">Threads inside one call, at least 1; of no use on a GPU.</param>
    /// <param name="dimensions">The components to keep; null for all.</param>
    /// <param name="tokenizer">The model's tokenizer, for the texts that both are compared on.</param>
    /// <exception cref="IngestException">The graph cannot be loaded there.</exception>
    public static OnnxModel LoadNearest(
        GraphFile graph, ModelFolder folder, ComputeDevice device, int threads, int? dimensions, ITokenizer tokenizer)
    {
        var exact = Load(graph, half: false, folder, device, threads, dimensions);
        OnnxModel half;
        try
        {
            half = Load(graph, half: true, folder, device, threads, dimensions);
        }
        catch (IngestException)
        {
            return exact;
        }

        var (kept, other) = IsNear(exact, half, tokenizer, folder.MaxTokens ?? int.MaxValue) ? (half, exact) : (exact, half);
        other.Dispose();
        return kept;
    }

    private static bool IsNear(OnnxModel exact, OnnxModel half, ITokenizer tokenizer, int maxTokens)
    {
        var tokens = new TokenBuffer();
        foreach (var text in Texts)
        {
            tokenizer.Encode(text, maxTokens, tokens);
            tokens.EndText();
        }

        var batch = new TokenBatch();
        batch.Fill(tokens, [.. Enumerable.Range(0, Texts.Length)], tokenizer.PadId);
        var (expected, actual) = (new float[Texts.Length * exact.Dimension], new float[Texts.Length * half.Dimension]);
        try
        {
            exact.Run(batch, expected);
            half.Run(batch, actual);
        }
        catch (ModelCallException)
        {
            return false;
        }

        return expected.Chunk(exact.Dimension).Zip(actual.Chunk(half.Dimension))
            .All(static pair => TensorPrimitives.CosineSimilarity(pair.First, pair.Second) >= NearEnough);
    }
}
