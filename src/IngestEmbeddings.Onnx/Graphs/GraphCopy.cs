using Google.Protobuf;

namespace IngestEmbeddings.Onnx.Graphs;

/// <summary>A changed copy of a graph, in a temporary folder until it is disposed.</summary>
internal sealed class GraphCopy : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingest-embeddings-");

    /// <summary>The folder; weights of the copy may lie in it too.</summary>
    public string Folder => _folder.FullName;

    /// <summary>The file of the graph.</summary>
    public string Path => System.IO.Path.Combine(Folder, "copy.onnx");

    /// <summary>Reads the copy.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public ModelProto Read()
    {
        using var stream = File.OpenRead(Path);
        return ModelProto.Parser.ParseFrom(stream);
    }

    /// <summary>Writes the copy.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(ModelProto model)
    {
        using var output = File.Create(Path);
        model.WriteTo(output);
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
