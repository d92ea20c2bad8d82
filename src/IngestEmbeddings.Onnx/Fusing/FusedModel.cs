using System.Numerics.Tensors;
using Google.Protobuf;
using IngestEmbeddings.Batching;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;
using IngestEmbeddings.Onnx.Runtime;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Fusing;

/// <summary>Loads a graph as it is and, where that pays, once more with operators of this project; keeps one of the two.</summary>
internal static class FusedModel
{
    /// <summary>
    /// How near the vectors of the two must be. What is left between them is the noise of 8-bit activations with one scale a
    /// call; a group that was taken for another gives something else altogether.
    /// </summary>
    private const float LeastCosine = 0.95f;

    /// <summary>The arithmetic of an int8 graph whose activations have a scale for each token.</summary>
    public const string ByToken = "int8 by token";

    /// <summary>Loads a graph.</summary>
    /// <param name="graph">The graph, already checked.</param>
    /// <param name="folder">How to pool and normalise.</param>
    /// <param name="threads">Threads inside one call, at least 1.</param>
    /// <param name="dimensions">The components to keep; null for all.</param>
    /// <returns>The model with operators of this project; or as it is where they cannot be put in, or give other vectors.</returns>
    /// <exception cref="IngestException">The graph cannot be loaded, or is not a text-embedding graph.</exception>
    public static OnnxModel Load(GraphFile graph, ModelFolder folder, int threads, int? dimensions)
    {
        if (!graph.ByToken && !KernelLibrary.IsFast)
        {
            return new OnnxModel(graph.Path, folder, threads, dimensions);
        }

        OnnxModel? plain = null;
        try
        {
            using var copy = new FusedGraph();
            plain = new OnnxModel(graph.Path, folder, threads, dimensions, copy.WriteFrom);
            if (!copy.TryFuse(graph.ByToken))
            {
                return plain;
            }

            var fused = new OnnxModel(copy.Path, folder, threads, dimensions, KernelLibrary.Register) { IsFused = true, Arithmetic = graph.ByToken ? ByToken : null };
            var (kept, other) = Agree(plain, fused) ? (fused, plain) : (plain, fused);
            other.Dispose();
            return kept;
        }
        catch (Exception exception) when (exception is IngestException or IOException or UnauthorizedAccessException or InvalidProtocolBufferException)
        {
            // No room for the copy, or a graph that does not load: then the graph as it is says what is wrong with it.
            return plain ?? new OnnxModel(graph.Path, folder, threads, dimensions);
        }
    }

    /// <summary>Runs two texts of different lengths, so that there is padding, through both.</summary>
    internal static bool Agree(IModel plain, IModel fused)
    {
        var tokens = new TokenBuffer();
        foreach (var length in new[] { 5, 3 })
        {
            for (var id = 0; id < length; id++)
            {
                tokens.Add(id);
            }

            tokens.EndText();
        }

        var batch = new TokenBatch();
        batch.Fill(tokens, [0, 1], padId: 0);
        var (expected, actual) = (new float[2 * plain.Dimension], new float[2 * fused.Dimension]);
        try
        {
            plain.Run(batch, expected);
            fused.Run(batch, actual);
        }
        catch (ModelCallException)
        {
            return false;
        }

        return expected.Chunk(plain.Dimension).Zip(actual.Chunk(fused.Dimension))
            .All(static pair => TensorPrimitives.CosineSimilarity(pair.First, pair.Second) >= LeastCosine);
    }
}
