using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Tests.Onnx;

/// <summary>
/// A model as Hugging Face's cache keeps it: every file of the snapshot is a link to a blob, and the largest weights lie in
/// a file of their own.
/// </summary>
internal sealed class HubCacheFixture : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("ingest-hub-").FullName;

    public HubCacheFixture(ModelFolderFixture model)
    {
        MoveWeightsOut(model.GraphPath);
        var repository = Path.Combine(_root, "models--org--name");
        var snapshot = Path.Combine(repository, "snapshots", "abc");
        Directory.CreateDirectory(Path.Combine(repository, "blobs"));
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        File.WriteAllText(Path.Combine(repository, "refs", "main"), "abc");
        foreach (var file in Directory.EnumerateFiles(model.Path, "*", SearchOption.AllDirectories))
        {
            var blob = Path.Combine(repository, "blobs", Guid.NewGuid().ToString("N"));
            var link = Path.Combine(snapshot, Path.GetRelativePath(model.Path, file));
            File.Copy(file, blob);
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            File.CreateSymbolicLink(link, Path.GetRelativePath(Path.GetDirectoryName(link)!, blob));
        }
    }

    /// <summary>The environment that leads to the cache.</summary>
    public string? Variable(string name) => name == "HF_HUB_CACHE" ? _root : null;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static void MoveWeightsOut(string graphPath)
    {
        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(graphPath));
        var weights = graph.Graph.Initializer.MaxBy(static tensor => tensor.RawData.Length)!;
        File.WriteAllBytes(graphPath + "_data", weights.RawData.ToByteArray());
        weights.ClearRawData();
        weights.DataLocation = OnnxTypes.External;
        weights.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "model.onnx_data" });
        ModelFiles.WriteGraph(graphPath, graph);
    }
}
