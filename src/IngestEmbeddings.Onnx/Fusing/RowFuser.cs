using System.Runtime.InteropServices;
using Google.Protobuf;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;

namespace IngestEmbeddings.Onnx.Fusing;

/// <summary>
/// Gives the activations of a graph's 8-bit products a scale for each row, and puts operators of this project where they
/// stand for whole groups around those products. Looks for what ONNX Runtime's own optimizer leaves; a product outside a
/// known group gets an operator before and one after it.
/// </summary>
internal sealed class RowFuser
{
    private const string ContribDomain = "com.microsoft";

    private readonly GraphView _view;
    private readonly Dictionary<string, RowProduct> _products = new(StringComparer.Ordinal);
    private readonly ILookup<string, RowProduct> _readers;

    /// <summary>The values whose levels and facts the operator gives that makes them.</summary>
    private readonly HashSet<string> _quantized = new(StringComparer.Ordinal);
    private int _inGroups;

    private RowFuser(ModelProto model, WeightReader reader)
    {
        _view = new GraphView(model);
        foreach (var node in model.Graph.Node)
        {
            if (RowProduct.Of(_view, reader, node) is { } product)
            {
                _products.Add(node.Output[0], product);
                _view.Remove(node);
            }
        }

        // What quantized for one call, and has no reader left.
        _view.Remove(model.Graph.Node.Where(node => node.OpType == "DynamicQuantizeLinear" && !node.Output.Any(_view.IsRead)).ToList());
        _readers = _products.Values.ToLookup(static product => product.Input, StringComparer.Ordinal);
    }

    /// <summary>Changes a graph in place.</summary>
    /// <param name="model">The graph, as an optimizing session wrote it.</param>
    /// <param name="folder">The folder of its weights.</param>
    /// <returns>How many products have a scale for each row now.</returns>
    public static int Fuse(ModelProto model, string folder)
    {
        if (GraphView.HasBranches(model))
        {
            return 0;
        }

        var fuser = new RowFuser(model, new WeightReader(folder));
        foreach (var node in model.Graph.Node)
        {
            _ = fuser.TryAttention(node) || fuser.TryGelu(node) || fuser.TryNorm(node);
        }

        var products = fuser._products.Count + fuser._inGroups;
        fuser.AddRest();
        fuser._view.Apply();
        return products;
    }

    /// <summary>What the levels and the facts of a value are called.</summary>
    private static (string Levels, string Facts) NamesOf(string value) => (value + ".levels", value + ".facts");

    /// <summary>Takes a product into a group.</summary>
    /// <returns>The four inputs that stand for it.</returns>
    private string[] Take(string output, params RowProduct[] parts)
    {
        _inGroups += parts.Length;
        return RowProduct.Join(parts).AddTo(_view, output, NamesOf(parts[0].Input));
    }

    private bool IsProduct(string value, out RowProduct product) => _products.TryGetValue(value, out product!) && _view.Uses(value) == 1;

    /// <summary>True when nothing but products whose rows get a scale read a value.</summary>
    private bool FeedsProductsAlone(string value) => _readers[value].Any() && !_view.IsRead(value);

    private bool TryGelu(NodeProto node)
    {
        if (node is not { OpType: "Gelu", Domain: ContribDomain } || !IsProduct(node.Input[0], out var product) || !FeedsProductsAlone(node.Output[0]))
        {
            return false;
        }

        _products.Remove(node.Input[0]);
        Replace(node, RowKernels.Gelu, Take(node.Input[0], product));
        return true;
    }

    /// <summary>A normalisation, with the residual connection and the product before it where they are there.</summary>
    private bool TryNorm(NodeProto node)
    {
        if (node is { OpType: "SkipLayerNormalization", Input.Count: 4 } && _view.HasOneOutput(node))
        {
            return TryAddNorm(node, node.Input[0], node.Input[1], node.Input[2], node.Input[3], null);
        }

        if (node is not { OpType: "LayerNormalization", Input.Count: 3 } || !node.HasLastAxis() || !_view.HasOneOutput(node))
        {
            return false;
        }

        if (_view.Maker(node.Input[0]) is { OpType: "Add" } add && _view.IsUsedOnce(add)
            && TryAddNorm(node, add.Input[0], add.Input[1], node.Input[1], node.Input[2], add))
        {
            return true;
        }

        if (_readers[node.Output[0]].Any())
        {
            Replace(node, RowKernels.Norm, [node.Input[0], node.Input[1], node.Input[2], Epsilon(node)], node.Output[0]);
            return true;
        }

        return false;
    }

    private bool TryAddNorm(NodeProto node, string left, string right, string weight, string bias, NodeProto? add)
    {
        var (sums, residual) = _products.ContainsKey(left) ? (left, right) : (right, left);
        if (!IsProduct(sums, out var product) || _products.ContainsKey(residual))
        {
            return false;
        }

        _products.Remove(sums);
        if (add is not null)
        {
            _view.Remove(add);
        }

        Replace(node, RowKernels.AddNorm, [.. Take(sums, product), residual, weight, bias, Epsilon(node)], node.Output[0]);
        return true;
    }

    /// <summary>
    /// Attention whose queries, keys and values are products of one value, cut into heads, and whose result is put together
    /// again for products: then the three are one product. Other attention gets the operator that takes floats.
    /// </summary>
    private bool TryAttention(NodeProto node)
    {
        if (AttentionPattern.At(_view, node, anyLastAxis: true) is not { } found)
        {
            return false;
        }

        if (TryProducts(node, found))
        {
            return true;
        }

        _view.Remove(found.Nodes);
        GraphView.Become(node, AttentionKernel.Name, found.Query, found.Key, found.Value, found.Mask, _view.Add(found.Scale));
        return true;
    }

    private bool TryProducts(NodeProto node, AttentionPattern found)
    {
        var cuts = new[] { found.Query, found.Key, found.Value }.Select(_view.Maker).OfType<NodeProto>().ToArray();
        if (cuts.Length != 3 || cuts.Any(cut => cut.OpType != "Reshape" || !_view.IsUsedOnce(cut) || !_products.ContainsKey(cut.Input[0]) || _view.Uses(cut.Input[0]) != 1)
            || Integers(cuts[0].Input[1]) is not [0, 0 or -1, > 0 and var heads, > 0 and var size]
            || cuts.Any(cut => !Integers(cut.Input[1]).AsSpan().SequenceEqual(Integers(cuts[0].Input[1]))))
        {
            return false;
        }

        var parts = Array.ConvertAll(cuts, cut => _products[cut.Input[0]]);
        var join = _view.Readers(node.Output[0]).FirstOrDefault();
        if (parts.Any(part => part.Input != parts[0].Input || part.Width != heads * size)
            || join is not { OpType: "Reshape" } || _view.Uses(node.Output[0]) != 1
            || Integers(join.Input[1]) is not [0, 0 or -1, var hidden] || (hidden != heads * size && hidden != -1))
        {
            return false;
        }

        foreach (var cut in cuts)
        {
            _products.Remove(cut.Input[0]);
        }

        _view.Remove([.. found.Nodes, .. cuts, node]);
        var count = _view.Add(new TensorProto
        {
            Name = FormattableString.Invariant($"{KernelLibrary.Domain}.heads.{heads}"),
            DataType = OnnxTypes.Int64,
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes([heads])),
        });
        Replace(join, AttentionKernel.RowsName, [.. Take(node.Output[0], parts), found.Mask, _view.Add(found.Scale), count], join.Output[0]);
        return true;
    }

    /// <summary>Puts an operator in the place of a node; it gives the levels and facts of the node's value as well.</summary>
    private void Replace(NodeProto node, string operation, string[] inputs, params string[] outputs)
    {
        var value = node.Output[0];
        var (levels, facts) = NamesOf(value);
        GraphView.Become(node, operation, inputs);
        node.Output.Clear();
        node.Output.AddRange([.. outputs, levels, facts]);
        _quantized.Add(value);
    }

    /// <summary>The products outside groups, and the quantization of values that no group makes.</summary>
    private void AddRest()
    {
        foreach (var value in _readers.Select(static readers => readers.Key).Where(value => !_quantized.Contains(value)))
        {
            var (levels, facts) = NamesOf(value);
            _view.Add(RowKernels.Quantize, KernelLibrary.Domain, [value], levels, facts);
        }

        foreach (var (output, product) in _products)
        {
            _view.Add(RowKernels.Scale, KernelLibrary.Domain, product.AddTo(_view, output, NamesOf(product.Input)), output);
        }
    }

    private long[] Integers(string name) => _view.Weight(name) is not { DataType: OnnxTypes.Int64 } tensor ? []
        : tensor.RawData.Length > 0 ? MemoryMarshal.Cast<byte, long>(tensor.RawData.Span).ToArray()
        : [.. tensor.Int64Data];

    private string Epsilon(NodeProto node) => _view.Add(node.Float("epsilon", 1e-5f));
}
