using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Google.Protobuf;
using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Onnx.Quantizing;

/// <summary>
/// Symmetric 8-bit quantization: <c>q = round(w / s)</c> with <c>s = max |w| / 127</c>, so that 0 stays exactly 0 and −128 is
/// never used (Jacob et al. 2018, arXiv:1712.05877).
/// </summary>
internal static class ColumnQuantization
{
    private const float Levels = 127;

    /// <summary>Quantizes a matrix with a scale for each column: <c>NAME_int8</c>, <c>NAME_scale</c>, <c>NAME_zero</c>.</summary>
    /// <param name="name">What the matrix is called.</param>
    /// <param name="weights">Its numbers, row-major.</param>
    /// <param name="columns">How many columns it has.</param>
    /// <param name="rounding">How to round; null: to the nearest level.</param>
    public static TensorProto[] OfColumns(string name, ReadOnlySpan<float> weights, int columns, CompensatedRounding? rounding = null)
    {
        var rows = weights.Length / columns;
        var scales = new float[columns];
        for (var row = 0; row < rows; row++)
        {
            TensorPrimitives.MaxMagnitude(scales, weights.Slice(row * columns, columns), scales);
        }

        for (var column = 0; column < columns; column++)
        {
            scales[column] = Scale(scales[column]);
        }

        var levels = rounding?.Round(weights, scales) ?? new sbyte[weights.Length];
        for (var i = 0; rounding is null && i < levels.Length; i++)
        {
            levels[i] = Level(weights[i], scales[i % columns]);
        }

        return
        [
            Int8(name + "_int8", levels, rows, columns),
            Float(name + "_scale", scales, columns),
            Int8(name + "_zero", new sbyte[columns], columns),
        ];
    }

    /// <summary>Quantizes a table with a scale for each row: <c>NAME_int8</c> and <c>NAME_scale</c>, the latter rows × 1.</summary>
    public static TensorProto[] OfRows(string name, ReadOnlySpan<float> weights, int columns)
    {
        var rows = weights.Length / columns;
        var scales = new float[rows];
        var levels = new sbyte[weights.Length];
        for (var row = 0; row < rows; row++)
        {
            var values = weights.Slice(row * columns, columns);
            scales[row] = Scale(TensorPrimitives.MaxMagnitude(values));
            for (var column = 0; column < columns; column++)
            {
                levels[(row * columns) + column] = Level(values[column], scales[row]);
            }
        }

        return [Int8(name + "_int8", levels, rows, columns), Float(name + "_scale", scales, rows, 1)];
    }

    /// <summary>A row or column of zeros takes any scale; 1 keeps the division defined.</summary>
    private static float Scale(float largest) => largest == 0 ? 1 : MathF.Abs(largest) / Levels;

    /// <summary>The nearest level.</summary>
    public static sbyte Level(float weight, float scale) =>
        (sbyte)Math.Clamp(MathF.Round(weight / scale), -Levels, Levels);

    private static TensorProto Int8(string name, sbyte[] values, params int[] shape) =>
        Tensor(name, OnnxTypes.Int8, MemoryMarshal.AsBytes<sbyte>(values), shape);

    private static TensorProto Float(string name, float[] values, params int[] shape) =>
        Tensor(name, OnnxTypes.Float, MemoryMarshal.AsBytes<float>(values), shape);

    private static TensorProto Tensor(string name, int type, ReadOnlySpan<byte> data, int[] shape)
    {
        var tensor = new TensorProto { Name = name, DataType = type, RawData = ByteString.CopyFrom(data) };
        tensor.Dims.AddRange(shape.Select(static size => (long)size));
        return tensor;
    }
}
