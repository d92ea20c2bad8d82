using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Onnx.Devices;

/// <summary>A graph, and in which precision it is to run.</summary>
/// <param name="File">The graph's file.</param>
/// <param name="Precision">The precision: the file's own, or <c>fp16</c> to be made of fp32.</param>
internal sealed record ModelGraph(GraphFile File, string Precision)
{
    /// <summary>True when fp16 is to be made of fp32.</summary>
    public bool IsHalved => Precision != File.Precision;

    /// <summary>True to make fp16 of fp32 where that is near enough. Default false.</summary>
    public bool MayBeHalved { get; init; }

    /// <summary>Chooses for a device: a GPU prefers fp16, and fp16 that the folder does not have is made of fp32.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="precision"><c>auto</c>, <c>fp32</c>, <c>fp16</c> or <c>int8</c>.</param>
    /// <param name="device">Where it is to run.</param>
    /// <exception cref="IngestException">The folder has no such graph, or one that was looked at is broken.</exception>
    public static ModelGraph Choose(ModelFolder folder, string precision, ComputeDevice device)
    {
        if (precision == GraphChoice.Auto && device.IsCuda && GraphChoice.TryChoose(folder, "fp16", "fp32") is { } fast)
        {
            return new ModelGraph(fast, fast.Precision) { MayBeHalved = fast.Precision == "fp32" };
        }

        if (precision == "fp16" && GraphChoice.TryChoose(folder, "fp16", "fp32") is { } half)
        {
            return new ModelGraph(half, "fp16");
        }

        var graph = GraphChoice.Choose(folder, precision);
        return new ModelGraph(graph, graph.Precision);
    }
}
