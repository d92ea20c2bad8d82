using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Onnx.Quantizing;

/// <summary>Turns the matrix products of an fp32 graph into 8-bit integer ones.</summary>
/// <remarks>
/// Weights are quantized once, symmetrically, with a scale for each output column; activations at run time. The graph asks for
/// that by ONNX Runtime's contrib operator <c>DynamicQuantizeMatMul</c>, so that ONNX Runtime alone runs it too, with one scale
/// a call; its metadata let this program give each token a scale. Products of two activations, as in the attention, stay in
/// fp32: they are a few percent of the work and the most sensitive part.
/// </remarks>
internal sealed class GraphQuantizer
{
    private const string ContribDomain = "com.microsoft";

    private readonly ModelProto _model;
    private readonly WeightReader _reader;
    private readonly Dictionary<string, TensorProto> _weights;
    private readonly Dictionary<string, int> _uses;

    private GraphQuantizer(ModelProto model, string folder)
    {
        _model = model;
        _reader = new WeightReader(folder);
        _weights = model.Graph.Initializer.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
        _uses = NodesOf(model.Graph).SelectMany(static node => node.Input)
            .Concat(model.Graph.Output.Select(static output => output.Name))
            .CountBy(static name => name)
            .ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Quantizes a graph in place.</summary>
    /// <param name="model">The graph; it is changed.</param>
    /// <param name="folder">The folder of its external data.</param>
    /// <param name="embeddings">True to quantize the rows of large look-up tables too: a quarter of their size.</param>
    /// <param name="ready">Weights that are quantized already, by their names; others are rounded to the nearest level.</param>
    /// <returns>How many products were quantized.</returns>
    public static int Quantize(ModelProto model, string folder, bool embeddings, IReadOnlyDictionary<string, TensorProto[]> ready)
    {
        var quantizer = new GraphQuantizer(model, folder);
        var products = quantizer.QuantizeProducts(ready);
        if (embeddings)
        {
            quantizer.QuantizeLookUps();
        }

        quantizer.DropUnused();
        if (products > 0 && !model.OpsetImport.Any(static set => set.Domain == ContribDomain))
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = ContribDomain, Version = 1 });
        }

        model.MetadataProps.Add(new StringStringEntryProto { Key = GraphFile.ActivationsKey, Value = GraphFile.ActivationsByToken });
        return products;
    }

    /// <summary>Quantizes the weights of a graph's products with compensated rounding.</summary>
    /// <param name="model">The graph; not changed.</param>
    /// <param name="folder">The folder of its external data.</param>
    /// <param name="sampler">Gives the activations.</param>
    /// <param name="threads">Threads to use, at least 1.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <returns>The quantized weights by the names of the weights. Such as several values are multiplied by are left out.</returns>
    public static Dictionary<string, TensorProto[]> Compensate(
        ModelProto model, string folder, ProductSampler sampler, int threads, CancellationToken cancellationToken)
    {
        var quantizer = new GraphQuantizer(model, folder);
        var result = new Dictionary<string, TensorProto[]>(StringComparer.Ordinal);
        var weights = model.Graph.Node.Select(node => (node, weight: quantizer.WeightOf(node)))
            .Where(static pair => pair.weight is not null)
            .GroupBy(static pair => pair.weight!.Name, StringComparer.Ordinal)
            .Where(static uses => uses.Select(static use => use.node.Input[0]).Distinct(StringComparer.Ordinal).Count() == 1)
            .ToLookup(static uses => uses.First().node.Input[0], static uses => uses.First().weight!, StringComparer.Ordinal);
        sampler.Sample(
            [.. weights.Select(static input => (input.Key, (int)input.First().Dims[0]))],
            (input, moments) =>
            {
                var rounding = new CompensatedRounding(moments, threads);
                foreach (var weight in weights[input])
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    result.Add(weight.Name, ColumnQuantization.OfColumns(weight.Name, quantizer._reader.Floats(weight), (int)weight.Dims[1], rounding));
                }
            },
            cancellationToken);
        return result;
    }

    /// <summary>The fp32 weights of a product; null for another node.</summary>
    private TensorProto? WeightOf(NodeProto node) =>
        node is { OpType: "MatMul", Domain: "" } && _weights.TryGetValue(node.Input[1], out var weight)
        && weight is { DataType: OnnxTypes.Float, Dims.Count: 2 }
            ? weight
            : null;

    private int QuantizeProducts(IReadOnlyDictionary<string, TensorProto[]> ready)
    {
        var readers = NodesOf(_model.Graph)
            .SelectMany(static node => node.Input.Select(input => (input, node)))
            .ToLookup(static pair => pair.input, static pair => pair.node, StringComparer.Ordinal);
        var absorbed = new HashSet<NodeProto>();
        var products = 0;
        foreach (var node in _model.Graph.Node)
        {
            if (WeightOf(node) is not { } weight)
            {
                continue;
            }

            var name = weight.Name;
            var columns = (int)weight.Dims[1];
            if (!_weights.ContainsKey(name + "_int8"))
            {
                Add(ready.GetValueOrDefault(name) ?? ColumnQuantization.OfColumns(name, _reader.Floats(weight), columns));
            }

            node.OpType = "DynamicQuantizeMatMul";
            node.Domain = ContribDomain;
            node.Input[1] = name + "_int8";
            node.Input.Add(name + "_scale");
            node.Input.Add(name + "_zero");
            products++;

            // A bias that is added right after goes into the product, which saves a pass over the result.
            if (_uses[node.Output[0]] == 1 && readers[node.Output[0]].SingleOrDefault() is { OpType: "Add" } add
                && _weights.TryGetValue(add.Input[0] == node.Output[0] ? add.Input[1] : add.Input[0], out var bias)
                && bias.DataType == OnnxTypes.Float && bias.Dims is [var length] && length == columns)
            {
                node.Input.Add(bias.Name);
                node.Output[0] = add.Output[0];
                absorbed.Add(add);
            }
        }

        foreach (var add in absorbed)
        {
            _model.Graph.Node.Remove(add);
        }

        return products;
    }

    /// <summary>Look-up tables whose rows are at least this many are worth the three operators that a quantized one takes.</summary>
    private const int LargeTable = 4096;

    private void QuantizeLookUps()
    {
        for (var i = 0; i < _model.Graph.Node.Count; i++)
        {
            var node = _model.Graph.Node[i];
            if (node.OpType != "Gather" || !_weights.TryGetValue(node.Input[0], out var table)
                || table.DataType != OnnxTypes.Float || table.Dims is not [>= LargeTable, var columns]
                || node.Attribute.Any(static attribute => attribute.Name == "axis" && attribute.I != 0))
            {
                continue;
            }

            var name = table.Name;
            if (!_weights.ContainsKey(name + "_int8"))
            {
                Add(ColumnQuantization.OfRows(name, _reader.Floats(table), (int)columns));
            }

            var ids = node.Input[1];
            var result = node.Output[0];
            NodeProto[] nodes =
            [
                Operator("Gather", [name + "_int8", ids], result + "_int8"),
                Operator("Cast", [result + "_int8"], result + "_float", new AttributeProto { Name = "to", I = OnnxTypes.Float, Type = OnnxTypes.AttributeInt }),
                Operator("Gather", [name + "_scale", ids], result + "_scale"),
                Operator("Mul", [result + "_float", result + "_scale"], result),
            ];
            _model.Graph.Node.RemoveAt(i);
            for (var j = 0; j < nodes.Length; j++)
            {
                _model.Graph.Node.Insert(i + j, nodes[j]);
            }

            i += nodes.Length - 1;
        }
    }

    private void DropUnused()
    {
        var used = NodesOf(_model.Graph).SelectMany(static node => node.Input).ToHashSet(StringComparer.Ordinal);
        used.UnionWith(_model.Graph.Output.Select(static output => output.Name));
        foreach (var tensor in _weights.Values.Where(tensor => !used.Contains(tensor.Name)))
        {
            _model.Graph.Initializer.Remove(tensor);
        }
    }

    /// <summary>The nodes of a graph and of the branches inside it, which read the outer graph's values too.</summary>
    private static IEnumerable<NodeProto> NodesOf(GraphProto graph) =>
        graph.Node.SelectMany(static node => node.Attribute
            .SelectMany(static attribute => attribute.G is { } inner ? attribute.Graphs.Append(inner) : attribute.Graphs)
            .SelectMany(NodesOf)
            .Prepend(node));

    private void Add(TensorProto[] tensors)
    {
        foreach (var tensor in tensors)
        {
            _weights.Add(tensor.Name, tensor);
            _model.Graph.Initializer.Add(tensor);
        }
    }

    private static NodeProto Operator(string type, string[] inputs, string output, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = output + "_" + type, Output = { output } };
        node.Input.AddRange(inputs);
        node.Attribute.AddRange(attributes);
        return node;
    }
}
