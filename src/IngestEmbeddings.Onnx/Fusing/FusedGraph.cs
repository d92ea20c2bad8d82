using Google.Protobuf;
using IngestEmbeddings.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace IngestEmbeddings.Onnx.Fusing;

/// <summary>
/// A copy of a graph that runs faster in this program: a session writes down what it made of the graph, the weights in a
/// file next to it, and a fuser changes that. Lies in a temporary folder until it is disposed.
/// </summary>
internal sealed class FusedGraph : IDisposable
{
    private const string GraphName = "fused.onnx";
    private const string WeightsName = "fused.weights";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingest-embeddings-");

    /// <summary>The file of the graph.</summary>
    public string Path => System.IO.Path.Combine(_folder.FullName, GraphName);

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
        ModelProto model;
        using (var stream = File.OpenRead(Path))
        {
            model = ModelProto.Parser.ParseFrom(stream);
        }

        if ((byToken ? RowFuser.Fuse(model, _folder.FullName) : CallFuser.Fuse(model)) == 0)
        {
            return false;
        }

        using var output = File.Create(Path);
        model.WriteTo(output);
        return true;
    }

    /// <summary>Deletes the copy; a session that has mapped it keeps it. Where the system does not allow that, it is left.</summary>
    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // In the temporary folder, which the system empties.
        }
    }
}
