using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// The rows of an integer product of <see cref="RowQuantizer"/>'s levels with 8-bit weights, as the numbers that they stand
/// for: <c>scale · (sum + excess · weight of the outlier) · column scale + offset · column sum + bias</c>.
/// </summary>
internal readonly unsafe struct ProductRows
{
    /// <summary>How many tensors of a call describe a product.</summary>
    public const int Inputs = 4;

    /// <summary>Rows of the tensor of columns: the column's scale, the sum of its weights times that, and its bias.</summary>
    public const int ColumnFacts = 3;

    private readonly int* _sums;
    private readonly float* _rows;
    private readonly sbyte* _weights;
    private readonly float* _columns;
    private readonly int _depth;

    /// <summary>
    /// Takes four tensors of a call: the sums, <c>… × width</c>; the facts of their rows, <c>… × 4</c>; the weights,
    /// <c>depth × width</c>; the facts of the columns, <c>3 × width</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">A shape is another.</exception>
    public ProductRows(KernelCall call, int first)
    {
        var (sums, rows, weights, columns) = (call.Input(first), call.Input(first + 1), call.Input(first + 2), call.Input(first + 3));
        Shape = sums.Shape();
        (Rows, Width) = Shape.Rows();
        var facts = rows.Shape();
        var depth = weights.Shape();
        KernelShape.Require(
            facts.AsSpan().SequenceEqual([.. Shape[..^1], RowQuantizer.Facts])
            && depth is [> 0 and <= int.MaxValue, var width] && width == Width
            && columns.Shape().AsSpan().SequenceEqual([ColumnFacts, Width]),
            "A product takes sums, the facts of their rows, weights, and the facts of their columns.");
        _sums = sums.Integers;
        _rows = rows.Data;
        _weights = weights.Levels;
        _columns = columns.Data;
        _depth = (int)depth[0];
    }

    /// <summary>The shape of the product.</summary>
    public long[] Shape { get; }

    public int Rows { get; }

    public int Width { get; }

    /// <summary>Writes a part of a row as floats.</summary>
    /// <param name="row">The row, below <see cref="Rows"/>.</param>
    /// <param name="column">The first column.</param>
    /// <param name="count">How many; the caller stays within <see cref="Width"/>.</param>
    /// <param name="target">Where they go.</param>
    /// <exception cref="InvalidOperationException">The outlier is at no row of the weights.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Read(int row, int column, int count, float* target)
    {
        var facts = _rows + ((long)row * RowQuantizer.Facts);
        var outlier = (int)facts[2];
        if ((uint)outlier >= (uint)_depth)
        {
            throw new InvalidOperationException("An outlier is at no row of the weights.");
        }

        var (scale, offset, excess) = (facts[0], facts[1], facts[3]);
        var (scales, offsets, excesses) = (Vector512.Create(scale), Vector512.Create(offset), Vector512.Create(excess));
        var sums = _sums + ((long)row * Width) + column;
        var weights = _weights + ((long)outlier * Width) + column;
        float* columnScale = _columns + column, columnSum = columnScale + Width, bias = columnSum + Width;
        var i = 0;
        for (; i <= count - Lanes.Count; i += Lanes.Count)
        {
            var sum = Vector512.ConvertToSingle(Vector512.Load(sums + i));
            sum = Vector512.FusedMultiplyAdd(Lanes.Floats(weights + i), excesses, sum) * scales;
            var rest = Vector512.FusedMultiplyAdd(offsets, Vector512.Load(columnSum + i), Vector512.Load(bias + i));
            Vector512.FusedMultiplyAdd(sum, Vector512.Load(columnScale + i), rest).Store(target + i);
        }

        for (; i < count; i++)
        {
            var sum = MathF.FusedMultiplyAdd(weights[i], excess, sums[i]) * scale;
            target[i] = MathF.FusedMultiplyAdd(sum, columnScale[i], MathF.FusedMultiplyAdd(offset, columnSum[i], bias[i]));
        }
    }
}
