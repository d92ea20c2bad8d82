using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Google.Protobuf;
using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Onnx.Devices;

/// <summary>
/// Makes fp16 of a graph in fp32: weights and everything computed from them. Integers stay what they are. ONNX Runtime adds up products
/// and normalises in fp32 all the same.
/// </summary>
internal static class HalfGraph
{
    // AttributeProto.AttributeType.
    private const int AttributeTensor = 4;

    /// <summary>Operators that make floats by their attributes alone, or hold graphs of their own: not known here.</summary>
    private static readonly string[] Unknown =
    [
        "If", "Loop", "Scan", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "EyeLike", "Multinomial", "Range",
        "Resize", "Upsample",
    ];

    /// <summary>Changes a graph.</summary>
    /// <param name="graph">The graph, whose outputs are of fp16 afterwards.</param>
    /// <param name="folder">Where the files are that hold its weights.</param>
    /// <returns>False, with nothing changed, when it has operators of which that is not known to be right.</returns>
    /// <exception cref="IngestException">Weights are cut off.</exception>
    public static bool TryConvert(GraphProto graph, string folder)
    {
        if (graph.Node.Any(static node => Unknown.Contains(node.OpType) || node.Attribute.Any(static attribute => attribute.G is not null))
            || graph.Initializer.Any(static tensor => tensor.DataLocation == OnnxTypes.External && tensor.DataType != OnnxTypes.Float))
        {
            return false;
        }

        var reader = new WeightReader(folder);
        foreach (var tensor in graph.Initializer)
        {
            Convert(tensor, reader);
        }

        foreach (var attribute in graph.Node.SelectMany(static node => node.Attribute.Select(attribute => (node, attribute))))
        {
            Convert(attribute.node, attribute.attribute, reader);
        }

        foreach (var output in graph.Output)
        {
            output.Type.TensorType.ElemType = output.Type.TensorType.ElemType == OnnxTypes.Float ? OnnxTypes.Float16 : output.Type.TensorType.ElemType;
        }

        // They declare the types that were.
        graph.ValueInfo.Clear();
        return true;
    }

    private static void Convert(NodeProto node, AttributeProto attribute, WeightReader reader)
    {
        switch (node.OpType, attribute.Name)
        {
            case ("Cast", "to") when attribute.I == OnnxTypes.Float:
                attribute.I = OnnxTypes.Float16;
                break;
            case ("Constant", "value_float"):
                (attribute.Name, attribute.Type) = ("value", AttributeTensor);
                attribute.T = Half([], [attribute.F]);
                attribute.ClearF();
                break;
            case ("Constant", "value_floats"):
                (attribute.Name, attribute.Type) = ("value", AttributeTensor);
                attribute.T = Half([attribute.Floats.Count], [.. attribute.Floats]);
                attribute.Floats.Clear();
                break;
            case ("Constant" or "ConstantOfShape", "value") when attribute.T is not null:
                Convert(attribute.T, reader);
                break;
        }
    }

    private static void Convert(TensorProto tensor, WeightReader reader)
    {
        if (tensor.DataType != OnnxTypes.Float)
        {
            return;
        }

        var half = Half(tensor.Dims, reader.Floats(tensor));
        (tensor.DataType, tensor.RawData) = (half.DataType, half.RawData);
        tensor.FloatData.Clear();
        tensor.ExternalData.Clear();
        tensor.ClearDataLocation();
    }

    // What is too large is cut to the largest: such a number hides padding, and infinity times 0 would be none.
    private static TensorProto Half(IEnumerable<long> shape, float[] values)
    {
        var (least, most) = ((float)System.Half.MinValue, (float)System.Half.MaxValue);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = float.IsInfinity(values[i]) ? values[i] : Math.Clamp(values[i], least, most);
        }

        var halves = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, halves);
        return new TensorProto { DataType = OnnxTypes.Float16, Dims = { shape }, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<Half>(halves)) };
    }
}
