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
    private const string ContribDomain = "com.microsoft";

    private static readonly long[] HeadsFirst = [0, 2, 1, 3];
    private static readonly long[] HeadsFirstTransposed = [0, 2, 3, 1];

    private readonly GraphProto _graph;
    private readonly Dictionary<string, NodeProto> _makers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _uses = new(StringComparer.Ordinal);
    private readonly ILookup<string, NodeProto> _products;
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

        _products = graph.Node
            .Where(static node => node is { OpType: "DynamicQuantizeMatMul", Domain: ContribDomain })
            .ToLookup(static node => node.Input[0], StringComparer.Ordinal);
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
            fused += fuser.TryGelu(node) || fuser.TryAddNorm(node) || fuser.TryAttention(node) ? 1 : 0;
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

    /// <summary>A Gelu that nothing but 8-bit products read.</summary>
    private bool TryGelu(NodeProto node)
    {
        if (node is not { OpType: "Gelu", Domain: ContribDomain } || _uses.GetValueOrDefault(node.Output[0]) != _products[node.Output[0]].Count())
        {
            return false;
        }

        var value = node.Output[0];
        var bytes = value + ".bytes";
        Become(node, GeluKernel.Name, node.Input[0]);
        node.Output.Clear();
        node.Output.AddRange([bytes, .. FeedProducts(value, bytes)]);
        return true;
    }

    /// <summary>Makes the 8-bit products of a value read what is quantized already.</summary>
    /// <param name="value">The value that they quantize so far.</param>
    /// <param name="bytes">The same in bytes.</param>
    /// <returns>The names of the scale and of the level of 0.</returns>
    private string[] FeedProducts(string value, string bytes)
    {
        string[] names = [value + ".scale", value + ".zero"];
        foreach (var product in _products[value])
        {
            string Optional(int index) => product.Input.ElementAtOrDefault(index) ?? "";

            string[] inputs = [bytes, product.Input[1], names[0], product.Input[2], names[1], Optional(3), Optional(4)];
            product.OpType = "MatMulIntegerToFloat";
            product.Input.Clear();
            product.Input.AddRange(inputs);
        }

        return names;
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
            BecomeAddNorm(node, add.Input[0], add.Input[1], node.Input[1], node.Input[2], Epsilon(node));
            return true;
        }

        if (node is { OpType: "SkipLayerNormalization", Input.Count: 4 } && HasOneOutput(node) && node.Input.Take(2).Any(IsNormalized))
        {
            BecomeAddNorm(node, [.. node.Input, Epsilon(node)]);
            return true;
        }

        return false;
    }

    private void BecomeAddNorm(NodeProto node, params string[] inputs)
    {
        var value = node.Output[0];
        var bytes = value + ".bytes";
        Become(node, AddNormKernel.Name, inputs);
        node.Output.Clear();
        node.Output.AddRange([value, bytes, .. FeedProducts(value, bytes)]);
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
