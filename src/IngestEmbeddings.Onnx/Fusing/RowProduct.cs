using System.Runtime.InteropServices;
using Google.Protobuf;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;

namespace IngestEmbeddings.Onnx.Fusing;

/// <summary>
/// A product of activations and 8-bit weights: what <see cref="ProductRows"/> needs of it, worked out of the quantized weights.
/// </summary>
/// <param name="Input">The value that is multiplied, not quantized yet.</param>
/// <param name="Name">What the weights are called.</param>
/// <param name="Levels">The weights, <c>depth × width</c>, so that 0 is level 0.</param>
/// <param name="Scales">What a level of each column is.</param>
/// <param name="Bias">What is added to each column.</param>
internal sealed record RowProduct(string Input, string Name, sbyte[] Levels, float[] Scales, float[] Bias)
{
    private const string ContribDomain = "com.microsoft";

    /// <summary>True when the graph holds the weights just so, under their name. Default false.</summary>
    public bool IsStored { get; init; }

    public int Width => Scales.Length;

    /// <summary>The product of a node, if it is one.</summary>
    /// <param name="view">The graph.</param>
    /// <param name="reader">Reads its weights.</param>
    /// <param name="node">The node.</param>
    /// <returns>Null for another node, or one whose weights do not fit into signed bytes around 0.</returns>
    public static RowProduct? Of(GraphView view, WeightReader reader, NodeProto node)
    {
        string? Input(int index) => node.Input.ElementAtOrDefault(index) is { Length: > 0 } name ? name : null;

        var (input, scale, zero, bias) = node switch
        {
            { OpType: "DynamicQuantizeMatMul", Domain: ContribDomain } => (node.Input[0], Input(2), Input(3), Input(4)),
            { OpType: "MatMulIntegerToFloat", Domain: ContribDomain }
                when view.Maker(node.Input[0]) is { OpType: "DynamicQuantizeLinear" } quantizer && quantizer.Output[0] == node.Input[0]
                    && Input(2) == quantizer.Output[1] && Input(4) == quantizer.Output[2] => (quantizer.Input[0], Input(3), Input(5), Input(6)),
            _ => (null, null, null, null),
        };
        if (input is null || scale is null || view.Weight(node.Input[1]) is not { Dims: [> 0 and <= int.MaxValue, > 0 and <= int.MaxValue] } weights
            || weights.DataType is not (OnnxTypes.Int8 or OnnxTypes.UInt8))
        {
            return null;
        }

        var width = (int)weights.Dims[1];
        return Centered(reader, weights, view.Weight(zero ?? ""), zero is not null) is { } levels
            && Row(view.Weight(scale)) is { } scales && (bias is null ? new float[width] : Row(view.Weight(bias))) is { } biases
                ? new RowProduct(input, weights.Name, levels, scales, biases)
                {
                    IsStored = weights.DataType == OnnxTypes.Int8 && (zero is null || reader.Bytes(view.Weight(zero)!).All(static level => level == 0)),
                }
                : null;

        float[]? Row(TensorProto? tensor) => tensor is not { DataType: OnnxTypes.Float } ? null : reader.Floats(tensor) switch
        {
            [var one] => [.. Enumerable.Repeat(one, width)],
            var row => row.Length == width ? row : null,
        };
    }

    /// <summary>Several products of one value side by side, as one.</summary>
    public static RowProduct Join(params RowProduct[] parts)
    {
        if (parts is [var only])
        {
            return only;
        }

        var (depth, width) = (parts[0].Levels.Length / parts[0].Width, parts.Sum(static part => part.Width));
        var levels = new sbyte[(long)depth * width];
        for (var row = 0; row < depth; row++)
        {
            var place = levels.AsSpan(row * width, width);
            foreach (var part in parts)
            {
                part.Levels.AsSpan(row * part.Width, part.Width).CopyTo(place);
                place = place[part.Width..];
            }
        }

        return new RowProduct(
            parts[0].Input, string.Join('+', parts.Select(static part => part.Name)), levels,
            [.. parts.SelectMany(static part => part.Scales)], [.. parts.SelectMany(static part => part.Bias)]);
    }

    /// <summary>Adds the product to a graph: integer sums of what <see cref="RowKernels.Quantize"/> gives.</summary>
    /// <param name="view">The graph.</param>
    /// <param name="output">What the new values are called after.</param>
    /// <param name="quantized">The levels of the input and the facts of their rows.</param>
    /// <returns>The four inputs of an operator that takes a product.</returns>
    public string[] AddTo(GraphView view, string output, (string Levels, string Facts) quantized)
    {
        var weights = IsStored
            ? Name
            : view.Add(Tensor(Name + ".levels", OnnxTypes.Int8, MemoryMarshal.AsBytes<sbyte>(Levels), Levels.Length / Width, Width));
        var columns = view.Add(Tensor(output + ".columns", OnnxTypes.Float, MemoryMarshal.AsBytes<float>(Columns()), ProductRows.ColumnFacts, Width));
        var middle = view.Add(Tensor(KernelLibrary.Domain + ".middle", OnnxTypes.UInt8, [RowQuantizer.Middle]));
        view.Add("MatMulInteger", "", [quantized.Levels, weights, middle], output + ".sums");
        return [output + ".sums", quantized.Facts, weights, columns];
    }

    private float[] Columns()
    {
        var sums = new int[Width];
        for (var i = 0; i < Levels.Length; i++)
        {
            sums[i % Width] += Levels[i];
        }

        return [.. Scales, .. sums.Zip(Scales, static (sum, scale) => sum * scale), .. Bias];
    }

    /// <summary>The weights minus their level of 0; null where the difference does not fit into a signed byte.</summary>
    private static sbyte[]? Centered(WeightReader reader, TensorProto weights, TensorProto? zero, bool hasZero)
    {
        if (hasZero && zero is null)
        {
            return null;
        }

        var (values, zeros) = (reader.Bytes(weights), zero is null ? [0] : reader.Bytes(zero));
        var width = (int)weights.Dims[1];
        if (zeros.Length != 1 && zeros.Length != width)
        {
            return null;
        }

        var signed = weights.DataType == OnnxTypes.Int8;
        var levels = new sbyte[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (value, level) = (values[i], zeros.Length == 1 ? zeros[0] : zeros[i % width]);
            var difference = signed ? (sbyte)value - (sbyte)level : value - level;
            if (difference is < sbyte.MinValue or > sbyte.MaxValue)
            {
                return null;
            }

            levels[i] = (sbyte)difference;
        }

        return levels;
    }

    private static TensorProto Tensor(string name, int type, ReadOnlySpan<byte> data, params int[] shape)
    {
        var tensor = new TensorProto { Name = name, DataType = type, RawData = ByteString.CopyFrom(data) };
        tensor.Dims.AddRange(shape.Select(static size => (long)size));
        return tensor;
    }
}
