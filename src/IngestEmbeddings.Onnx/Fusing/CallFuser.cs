using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;

namespace IngestEmbeddings.Onnx.Fusing;

/// <summary>
/// Puts operators of <see cref="KernelLibrary"/> where a graph has the groups of operators that they stand for, and leaves
/// activations one scale a call: for int8 graphs of the former version, whose vectors must stay what they were.
/// </summary>
internal sealed class CallFuser
{
    private const string ContribDomain = "com.microsoft";

    private readonly GraphView _view;
    private readonly ILookup<string, NodeProto> _products;

    private CallFuser(ModelProto model)
    {
        _view = new GraphView(model);
        _products = model.Graph.Node
            .Where(static node => node is { OpType: "DynamicQuantizeMatMul", Domain: ContribDomain })
            .ToLookup(static node => node.Input[0], StringComparer.Ordinal);
    }

    /// <summary>Changes a graph in place.</summary>
    /// <returns>How many groups were replaced.</returns>
    public static int Fuse(ModelProto model)
    {
        if (GraphView.HasBranches(model))
        {
            return 0;
        }

        var fuser = new CallFuser(model);
        var fused = model.Graph.Node.Count(node => fuser.TryGelu(node) || fuser.TryAddNorm(node) || fuser.TryAttention(node));
        fuser._view.Apply();
        return fused;
    }

    /// <summary>A Gelu that nothing but 8-bit products read.</summary>
    private bool TryGelu(NodeProto node)
    {
        if (node is not { OpType: "Gelu", Domain: ContribDomain } || _view.Uses(node.Output[0]) != _products[node.Output[0]].Count())
        {
            return false;
        }

        var value = node.Output[0];
        var bytes = value + ".bytes";
        GraphView.Become(node, GeluKernel.Name, node.Input[0]);
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
        if (node is { OpType: "LayerNormalization", Input.Count: 3 } && node.HasLastAxis() && _view.HasOneOutput(node)
            && _view.Maker(node.Input[0]) is { OpType: "Add" } add && _view.IsUsedOnce(add) && add.Input.Any(IsNormalized))
        {
            _view.Remove(add);
            BecomeAddNorm(node, add.Input[0], add.Input[1], node.Input[1], node.Input[2], Epsilon(node));
            return true;
        }

        if (node is { OpType: "SkipLayerNormalization", Input.Count: 4 } && _view.HasOneOutput(node) && node.Input.Take(2).Any(IsNormalized))
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
        GraphView.Become(node, AddNormKernel.Name, inputs);
        node.Output.Clear();
        node.Output.AddRange([value, bytes, .. FeedProducts(value, bytes)]);
    }

    private bool TryAttention(NodeProto node)
    {
        if (AttentionPattern.At(_view, node, anyLastAxis: false) is not { } found)
        {
            return false;
        }

        _view.Remove(found.Nodes);
        GraphView.Become(node, AttentionKernel.Name, found.Query, found.Key, found.Value, found.Mask, _view.Add(found.Scale));
        return true;
    }

    private bool IsNormalized(string value) =>
        _view.Maker(value) is { OpType: "LayerNormalization" or "SkipLayerNormalization" or AddNormKernel.Name } maker && maker.Output[0] == value;

    private string Epsilon(NodeProto node) => _view.Add(node.Float("epsilon", 1e-5f));
}
