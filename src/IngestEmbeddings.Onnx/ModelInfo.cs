using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Devices;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Tokenizers;

namespace IngestEmbeddings.Onnx;

/// <summary>What was understood of a model, its graphs included.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Graphs">The graphs that can be read.</param>
/// <param name="Broken">The graphs that cannot, with what is wrong.</param>
/// <param name="Chosen">The graph that <c>--precision auto</c> takes here.</param>
/// <param name="Description">The encoder that it makes.</param>
public sealed record ModelInfo(
    ModelFolder Folder,
    IReadOnlyList<GraphFile> Graphs,
    IReadOnlyList<(string Path, string Fault)> Broken,
    GraphFile Chosen,
    EncoderDescription Description)
{
    /// <summary>Reads a model; the graph that would be taken is loaded and run once.</summary>
    /// <param name="model">A folder, or an id that <see cref="ModelFinder"/> finds.</param>
    /// <exception cref="IngestException">The model is not there, or cannot be used.</exception>
    public static ModelInfo Read(string model)
    {
        var folder = ModelFolder.Open(ModelFinder.Find(model));
        var graphs = new List<GraphFile>();
        var broken = new List<(string, string)>();
        foreach (var path in folder.GraphPaths)
        {
            try
            {
                graphs.Add(GraphFile.Read(path));
            }
            catch (IngestException fault)
            {
                broken.Add((path, fault.Message));
            }
        }

        var chosen = GraphChoice.Choose(folder, GraphChoice.Auto);
        var graph = new ModelGraph(chosen, chosen.Precision);
        using var loaded = OnnxEncoderFactory.Load(
            graph, folder, ComputeDevice.Processor, threads: 1, dimensions: null, HuggingFaceTokenizer.Load(folder.Path));
        var description = OnnxEncoderFactory.Describe(model, folder, graph, loaded, folder.DocumentPrompt);
        return new ModelInfo(folder, graphs, broken, chosen, description);
    }
}
