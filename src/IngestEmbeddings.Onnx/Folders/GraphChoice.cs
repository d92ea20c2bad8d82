using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Onnx.Folders;

/// <summary>Chooses one of a folder's graphs.</summary>
public static class GraphChoice
{
    /// <summary>The precision that leaves the choice to the processor.</summary>
    public const string Auto = "auto";

    private static readonly string[] Known = [Auto, "fp32", "fp16", "int8"];

    /// <summary>
    /// True when the processor has instructions that multiply 8-bit integers and add exactly: VNNI, or ARM's dot product.
    /// Older x64 ones saturate on the way, which costs accuracy, and gain little.
    /// </summary>
    public static bool ProcessorLikesInt8 => HasAvx512Vnni || AvxVnni.IsSupported || Dp.IsSupported;

    /// <summary>CPUID leaf 7, ECX bit 11 (Intel SDM, volume 2A).</summary>
    private static bool HasAvx512Vnni => Avx512BW.IsSupported && (X86Base.CpuId(7, 0).Ecx & (1 << 11)) != 0;

    /// <summary>Chooses by precision; among several graphs of one precision, the one with the shortest name.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="precision"><c>auto</c>, <c>fp32</c>, <c>fp16</c> or <c>int8</c>.</param>
    /// <exception cref="IngestException">The folder has no such graph, or one that was looked at is broken.</exception>
    public static GraphFile Choose(ModelFolder folder, string precision)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Known.Contains(precision))
        {
            throw new IngestException(
                IngestError.Usage, $"--precision {precision} is not known; it is one of {string.Join(", ", Known)}.");
        }

        return TryChoose(folder, precision != Auto ? [precision] : ProcessorLikesInt8 ? ["int8", "fp32", "fp16"] : ["fp32", "fp16", "int8"], out var graphs)
            ?? throw Missing(folder, precision, graphs);
    }

    /// <summary>Chooses the first precision of a list that the folder has.</summary>
    /// <returns>Null when it has none of them.</returns>
    /// <exception cref="IngestException">A graph that was looked at is broken.</exception>
    internal static GraphFile? TryChoose(ModelFolder folder, params string[] wanted) => TryChoose(folder, wanted, out _);

    private static GraphFile? TryChoose(ModelFolder folder, string[] wanted, out Dictionary<string, GraphFile> graphs)
    {
        graphs = new Dictionary<string, GraphFile>(StringComparer.Ordinal);
        foreach (var kind in wanted)
        {
            // Only the graph itself knows its precision; reading the likeliest name first spares reading the others.
            foreach (var path in folder.GraphPaths.Where(MayRunHere).OrderBy(path => NameSuggests(path) == kind ? 0 : 1))
            {
                if (!graphs.TryGetValue(path, out var graph))
                {
                    graphs.Add(path, graph = GraphFile.Read(path));
                }

                if (graph.Precision == kind)
                {
                    return graph;
                }
            }
        }

        return null;
    }

    private static IngestException Missing(ModelFolder folder, string precision, Dictionary<string, GraphFile> graphs)
    {
        var there = string.Join(", ", graphs.Values.Select(static graph => $"{Path.GetFileName(graph.Path)} ({graph.Precision})"));
        return new IngestException(
            IngestError.Configuration,
            $"{folder.Path} has no graph of precision {precision}, only {there}."
            + (precision == "int8" ? $" Make one with 'ingest-embeddings model quantize {folder.Path}'." : ""));
    }

    private static string NameSuggests(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return name.Contains("int8", StringComparison.OrdinalIgnoreCase) || name.Contains("quantized", StringComparison.OrdinalIgnoreCase)
            ? "int8"
            : name.Contains("fp16", StringComparison.OrdinalIgnoreCase) ? "fp16" : "fp32";
    }

    /// <summary>Graphs whose names say that they were cut for the other family of processors are left alone.</summary>
    private static bool MayRunHere(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return AdvSimd.IsSupported
            ? !name.Contains("avx", StringComparison.OrdinalIgnoreCase)
            : !name.Contains("arm64", StringComparison.OrdinalIgnoreCase);
    }
}
