using System.Runtime.InteropServices;
using Google.Protobuf;
using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Benchmarks.Models;

/// <summary>Writes an ONNX graph node by node; every method gives the name of the value that it made.</summary>
internal sealed class GraphWriter(bool half, int seed)
{
    private readonly Random _random = new(seed);
    private int _count;

    public GraphProto Graph { get; } = new() { Name = "bert" };

    /// <summary>The number type of the weights.</summary>
    public int FloatType => half ? OnnxTypes.Float16 : OnnxTypes.Float;

    public string Node(string operation, string[] inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = operation, Name = $"/{operation}_{_count}" };
        node.Input.AddRange(inputs);
        node.Output.Add($"{operation}_{_count++}");
        node.Attribute.AddRange(attributes);
        Graph.Node.Add(node);
        return node.Output[0];
    }

    /// <summary>Adds an input of the shape batch × sequence.</summary>
    public string Input(string name, bool int32)
    {
        Graph.Input.Add(Value(name, int32 ? OnnxTypes.Int32 : OnnxTypes.Int64, "batch_size", "sequence_length"));
        return name;
    }

    /// <summary>Makes a value an output; a dimension is a number or a name.</summary>
    public void Output(string value, string name, params string[] shape)
    {
        var last = Graph.Node.Single(node => node.Output[0] == value);
        last.Output[0] = name;
        Graph.Output.Add(Value(name, FloatType, shape));
    }

    /// <summary>Random weights around 0, as wide as keeps the size of what passes through: 1 / √(rows).</summary>
    public string Weight(string name, params int[] shape)
    {
        var deviation = 1 / Math.Sqrt(shape[0]);
        return Floats(name, shape, () => (float)(deviation * Normal()));
    }

    /// <summary>Random numbers of a given size.</summary>
    public string Random(string name, float deviation, params int[] shape) =>
        Floats(name, shape, () => (float)(deviation * Normal()));

    /// <summary>The same number everywhere; without a shape, a single one.</summary>
    public string Constant(string name, float value, params int[] shape) => Floats(name, shape, () => value);

    public string Integers(string name, params long[] values) => Add(new TensorProto
    {
        Name = name,
        DataType = OnnxTypes.Int64,
        Dims = { values.Length },
        RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<long>(values)),
    });

    public static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, I = value, Type = OnnxTypes.AttributeInt };

    public static AttributeProto Attribute(string name, float value) =>
        new() { Name = name, F = value, Type = OnnxTypes.AttributeFloat };

    public static AttributeProto Attribute(string name, params long[] values) =>
        new() { Name = name, Ints = { values }, Type = OnnxTypes.AttributeInts };

    private string Floats(string name, int[] shape, Func<float> next)
    {
        var values = new float[shape.Aggregate(1, static (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = next();
        }

        var tensor = new TensorProto
        {
            Name = name,
            DataType = FloatType,
            RawData = ByteString.CopyFrom(half
                ? MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, static value => (Half)value))
                : MemoryMarshal.AsBytes<float>(values)),
        };
        tensor.Dims.AddRange(shape.Select(static size => (long)size));
        return Add(tensor);
    }

    private string Add(TensorProto tensor)
    {
        Graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>A normal deviate, by Box and Muller.</summary>
    private double Normal() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private static ValueInfoProto Value(string name, int type, params string[] shape)
    {
        var dimensions = new TensorShapeProto();
        dimensions.Dim.AddRange(shape.Select(static size => long.TryParse(size, out var number)
            ? new TensorShapeProto.Types.Dimension { DimValue = number }
            : new TensorShapeProto.Types.Dimension { DimParam = size }));
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.TensorTypeProto { ElemType = type, Shape = dimensions } },
        };
    }
}
