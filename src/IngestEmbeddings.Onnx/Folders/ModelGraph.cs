using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Onnx.Folders;

/// <summary>A graph, and in which precision it is to run.</summary>
/// <param name="File">The graph's file.</param>
/// <param name="Precision">The precision: the file's own, or <c>fp16</c> to be made of fp32.</param>
internal sealed record ModelGraph(GraphFile File, string Precision)
{
    /// <summary>True when fp16 is to be made of fp32.</summary>
    public bool IsHalved => Precision != File.Precision;

    /// <summary>True to make fp16 of fp32 where that is near enough. Default false.</summary>
    public bool MayBeHalved { get; init; }
}
