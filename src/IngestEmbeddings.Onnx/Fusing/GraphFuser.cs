using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;

namespace IngestEmbeddings.Onnx.Fusing;

/// <summary>
/// Puts operators of <see cref="KernelLibrary"/> where a graph has the groups of operators that they stand for. Looks for
/// what ONNX Runtime's own optimizer leaves; a group that differs in anything stays as it is.
/// </summary>
internal sealed class GraphFuser
{
    private static readonly long[] HeadsFirst = [0, 2, 1, 3];
    private static readonly long[] HeadsFirstTransposed = [0, 2, 3, 1];

    private readonly GraphProto _graph;
    private readonly Dictionary<string, NodeProto> _makers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _uses = new(StringComparer.Ordinal);
    private readonly HashSet<NodeProto> _absorbed = [];
    private readonly Dictionary<string, TensorProto> _scalars = new(StringComparer.Ordinal);

    private GraphFuser(GraphProto graph)
    {
        _graph = graph;
        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output)
            {
                _makers[output] = node;
            }
        }

        foreach (var name in graph.Node.SelectMany(static node => node.Input).Concat(graph.Output.Select(static output => output.Name)))
        {
            _uses[name] = _uses.GetValueOrDefault(name) + 1;
        }
    }

    /// <summary>Changes a graph in place.</summary>
    /// <returns>How many groups were replaced.</returns>
    public static int Fuse(ModelProto model)
    {
        // A branch inside an operator reads values of the outer graph without being an input of anything here.
        if (model.Graph.Node.Any(static node => node.Attribute.Any(static attribute => attribute.G is not null || attribute.Graphs.Count > 0)))
        {
            return 0;
        }

        var fuser = new GraphFuser(model.Graph);
        var fused = 0;
        foreach (var node in model.Graph.Node)
        {
            fused += TryGelu(node) || fuser.TryAddNorm(node) || fuser.TryAttention(node) ? 1 : 0;
        }

        foreach (var node in fuser._absorbed)
        {
            model.Graph.Node.Remove(node);
        }

        model.Graph.Initializer.AddRange(fuser._scalars.Values);
        if (fused > 0 && !model.OpsetImport.Any(static set => set.Domain == KernelLibrary.Domain))
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = KernelLibrary.Domain, Version = 1 });
        }

        return fused;
    }

    private static bool TryGelu(NodeProto node)
    {
        if (node is not { OpType: "Gelu", Domain: "com.microsoft" })
        {
            return false;
        }

        Become(node, GeluKernel.Name, node.Input[0]);
        return true;
    }

    /// <summary>
    /// A residual connection and the normalisation after it. One side must come out of a normalisation: then both have the
    /// full shape, which a sum of look-ups need not have.
    /// </summary>
    private bool TryAddNorm(NodeProto node)
    {
        if (node is { OpType: "LayerNormalization", Input.Count: 3 } && HasLastAxis(node) && HasOneOutput(node)
            && Maker(node.Input[0]) is { OpType: "Add" } add && IsUsedOnce(add) && add.Input.Any(IsNormalized))
        {
            _absorbed.Add(add);
            Become(node, AddNormKernel.Name, add.Input[0], add.Input[1], node.Input[1], node.Input[2], Epsilon(node));
            return true;
        }

        if (node is { OpType: "SkipLayerNormalization", Input.Count: 4 } && HasOneOutput(node) && node.Input.Take(2).Any(IsNormalized))
        {
            Become(node, AddNormKernel.Name, [.. node.Input, Epsilon(node)]);
            return true;
        }

        return false;
    }

    /// <summary>From the transposes of Q, K and V to the transpose of what comes out.</summary>
    private bool TryAttention(NodeProto node)
    {
        if (!IsTranspose(node, HeadsFirst)
            || Maker(node.Input[0]) is not { OpType: "MatMul" } mix || !IsUsedOnce(mix)
            || Maker(mix.Input[0]) is not { OpType: "Softmax" } softmax || !IsUsedOnce(softmax) || !HasLastAxis(softmax)
            || Maker(softmax.Input[0]) is not { OpType: "Add" } add || !IsUsedOnce(add))
        {
            return false;
        }

        var side = add.Input.Select(Maker).ToList().FindIndex(static maker => maker is { OpType: "MatMul" or "FusedMatMul" });
        if (side < 0 || Maker(add.Input[side]) is not { } scores || !IsUsedOnce(scores) || !IsScoreProduct(scores, out var keyOrder, out var scale)
            || Maker(scores.Input[0]) is not { } query || !IsTranspose(query, HeadsFirst) || !IsUsedOnce(query)
            || Maker(scores.Input[1]) is not { } key || !IsTranspose(key, keyOrder) || !IsUsedOnce(key)
            || Maker(mix.Input[1]) is not { } value || !IsTranspose(value, HeadsFirst) || !IsUsedOnce(value))
        {
            return false;
        }

        _absorbed.UnionWith([mix, softmax, add, scores, query, key, value]);
        Become(node, AttentionKernel.Name, query.Input[0], key.Input[0], value.Input[0], add.Input[1 - side], Scalar(scale));
        return true;
    }

    /// <summary>A product of queries and keys, with the scale that the optimizer puts into it.</summary>
    private static bool IsScoreProduct(NodeProto node, out long[] keyOrder, out float scale)
    {
        var transposed = Integer(node, "transB", 0) == 1;
        keyOrder = transposed ? HeadsFirst : HeadsFirstTransposed;
        scale = node.Attribute.FirstOrDefault(static attribute => attribute.Name == "alpha")?.F ?? 1;
        return Integer(node, "transA", 0) == 0 && Integer(node, "transBatchA", 0) == 0 && Integer(node, "transBatchB", 0) == 0;
    }

    private static void Become(NodeProto node, string operation, params string[] inputs)
    {
        node.OpType = operation;
        node.Domain = KernelLibrary.Domain;
        node.Attribute.Clear();
        node.Input.Clear();
        node.Input.AddRange(inputs);
    }

    private NodeProto? Maker(string value) => _makers.GetValueOrDefault(value);

    private bool IsUsedOnce(NodeProto node) => HasOneOutput(node) && _uses.GetValueOrDefault(node.Output[0]) == 1;

    private bool IsNormalized(string value) =>
        Maker(value) is { OpType: "LayerNormalization" or "SkipLayerNormalization" or AddNormKernel.Name } maker && maker.Output[0] == value;

    private bool HasOneOutput(NodeProto node) => node.Output.Skip(1).All(output => !_uses.ContainsKey(output));

    private static bool HasLastAxis(NodeProto node) => Integer(node, "axis", -1) == -1;

    private static bool IsTranspose(NodeProto node, long[] order) =>
        node.OpType == "Transpose" && node.Attribute.Any(attribute => attribute.Name == "perm" && attribute.Ints.SequenceEqual(order));

    private static long Integer(NodeProto node, string name, long absent) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.I ?? absent;

    private string Epsilon(NodeProto node) =>
        Scalar(node.Attribute.FirstOrDefault(static attribute => attribute.Name == "epsilon")?.F ?? 1e-5f);

    private string Scalar(float value)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{KernelLibrary.Domain}.{value:R}");
        _scalars.TryAdd(name, new TensorProto
        {
            Name = name,
            DataType = OnnxTypes.Float,
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes([value])),
        });
        return name;
    }
}
