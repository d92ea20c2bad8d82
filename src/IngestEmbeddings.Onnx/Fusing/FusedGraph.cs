using IngestEmbeddings.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace IngestEmbeddings.Onnx.Fusing;

/// <summary>
/// A copy of a graph that runs faster in this program: a session writes down what it made of the graph, the weights in a
/// file next to it, and a fuser changes that.
/// </summary>
internal sealed class FusedGraph : IDisposable
{
    private const string WeightsName = "fused.weights";

    private readonly GraphCopy _copy = new();

    /// <summary>The file of the graph.</summary>
    public string Path => _copy.Path;

    /// <summary>Makes a session that is created with these settings write its graph here.</summary>
    public void WriteFrom(SessionOptions options)
    {
        options.OptimizedModelFilePath = Path;
        options.AddSessionConfigEntry("session.optimized_model_external_initializers_file_name", WeightsName);
        options.AddSessionConfigEntry("session.optimized_model_external_initializers_min_size_in_bytes", "1024");
    }

    /// <summary>Changes the graph that was written.</summary>
    /// <param name="byToken">True for activations with a scale for each token, false for one a call.</param>
    /// <returns>False when there is nothing in it to change.</returns>
    /// <exception cref="IOException">The copy cannot be read or written.</exception>
    public bool TryFuse(bool byToken)
    {
        var model = _copy.Read();
        if ((byToken ? RowFuser.Fuse(model, _copy.Folder) : CallFuser.Fuse(model)) == 0)
        {
            return false;
        }

        _copy.Write(model);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _copy.Dispose();
}
