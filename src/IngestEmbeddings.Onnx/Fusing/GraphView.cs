using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;

namespace IngestEmbeddings.Onnx.Fusing;

/// <summary>A graph by its values: which node makes one, and how many read it. Made before a change, applied after it.</summary>
internal sealed class GraphView
{
    private readonly ModelProto _model;
    private readonly Dictionary<string, NodeProto> _makers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _uses = new(StringComparer.Ordinal);
    private readonly ILookup<string, NodeProto> _readers;
    private readonly Dictionary<string, TensorProto> _weights;
    private readonly HashSet<NodeProto> _removed = [];
    private readonly List<NodeProto> _added = [];

    public GraphView(ModelProto model)
    {
        _model = model;
        foreach (var node in model.Graph.Node)
        {
            foreach (var output in node.Output)
            {
                _makers[output] = node;
            }
        }

        foreach (var name in model.Graph.Node.SelectMany(static node => node.Input).Concat(model.Graph.Output.Select(static output => output.Name)))
        {
            _uses[name] = _uses.GetValueOrDefault(name) + 1;
        }

        _readers = model.Graph.Node
            .SelectMany(static node => node.Input.Select(input => (input, node)))
            .ToLookup(static pair => pair.input, static pair => pair.node, StringComparer.Ordinal);
        _weights = model.Graph.Initializer.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>True when nodes hold graphs of their own: those read values of this one without being an input of anything here.</summary>
    public static bool HasBranches(ModelProto model) =>
        model.Graph.Node.Any(static node => node.Attribute.Any(static attribute => attribute.G is not null || attribute.Graphs.Count > 0));

    public NodeProto? Maker(string value) => _makers.GetValueOrDefault(value);

    public TensorProto? Weight(string name) => _weights.GetValueOrDefault(name);

    public IEnumerable<NodeProto> Readers(string value) => _readers[value];

    /// <summary>True when a node that stays reads a value, or the graph gives it.</summary>
    public bool IsRead(string value) =>
        _readers[value].Any(node => !_removed.Contains(node)) || _model.Graph.Output.Any(output => output.Name == value);

    public int Uses(string value) => _uses.GetValueOrDefault(value);

    public bool IsUsedOnce(NodeProto node) => HasOneOutput(node) && Uses(node.Output[0]) == 1;

    public bool HasOneOutput(NodeProto node) => node.Output.Skip(1).All(output => !_uses.ContainsKey(output));

    /// <summary>Adds a node of this project's operators, or of ONNX's own.</summary>
    public NodeProto Add(string operation, string domain, string[] inputs, params string[] outputs)
    {
        var node = new NodeProto { OpType = operation, Domain = domain, Name = outputs[0] + "_" + operation, Input = { inputs }, Output = { outputs } };
        _added.Add(node);
        foreach (var output in outputs)
        {
            _makers[output] = node;
        }

        return node;
    }

    /// <summary>Adds a constant, unless there is one of its name.</summary>
    /// <returns>Its name.</returns>
    public string Add(TensorProto tensor)
    {
        if (_weights.TryAdd(tensor.Name, tensor))
        {
            _model.Graph.Initializer.Add(tensor);
        }

        return tensor.Name;
    }

    /// <summary>Adds a constant of one float.</summary>
    public string Add(float value) => Add(new TensorProto
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"{KernelLibrary.Domain}.{value:R}"),
        DataType = OnnxTypes.Float,
        RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes([value])),
    });

    public void Remove(params IEnumerable<NodeProto> nodes) => _removed.UnionWith(nodes);

    /// <summary>Makes a node an operator of this project, in its place.</summary>
    public static void Become(NodeProto node, string operation, params string[] inputs)
    {
        (node.OpType, node.Domain) = (operation, KernelLibrary.Domain);
        node.Attribute.Clear();
        node.Input.Clear();
        node.Input.AddRange(inputs);
    }

    /// <summary>
    /// Writes the changes into the graph: what its outputs need, each node after those that it reads, and no constant that none
    /// reads.
    /// </summary>
    public void Apply()
    {
        var nodes = _model.Graph.Node.Where(node => !_removed.Contains(node)).Concat(_added.Where(node => !_removed.Contains(node))).ToList();
        var makers = nodes.SelectMany(static node => node.Output.Select(output => (output, node)))
            .Where(static pair => pair.output.Length > 0)
            .ToDictionary(static pair => pair.output, static pair => pair.node, StringComparer.Ordinal);
        var (done, order) = (new HashSet<NodeProto>(), new List<NodeProto>());
        var open = new Stack<(NodeProto Node, bool InputsDone)>(
            _model.Graph.Output.Where(output => makers.ContainsKey(output.Name)).Select(output => (makers[output.Name], false)));
        while (open.TryPop(out var next))
        {
            if (next.InputsDone)
            {
                order.Add(next.Node);
            }
            else if (done.Add(next.Node))
            {
                open.Push((next.Node, true));
                foreach (var input in next.Node.Input)
                {
                    if (makers.TryGetValue(input, out var maker) && !done.Contains(maker))
                    {
                        open.Push((maker, false));
                    }
                }
            }
        }

        _model.Graph.Node.Clear();
        _model.Graph.Node.AddRange(order);
        var read = order.SelectMany(static node => node.Input).Concat(_model.Graph.Output.Select(static output => output.Name)).ToHashSet(StringComparer.Ordinal);
        foreach (var tensor in _weights.Values.Where(tensor => !read.Contains(tensor.Name)))
        {
            _model.Graph.Initializer.Remove(tensor);
        }

        if (order.Any(static node => node.Domain == KernelLibrary.Domain) && !_model.OpsetImport.Any(static set => set.Domain == KernelLibrary.Domain))
        {
            _model.OpsetImport.Add(new OperatorSetIdProto { Domain = KernelLibrary.Domain, Version = 1 });
        }
    }
}
