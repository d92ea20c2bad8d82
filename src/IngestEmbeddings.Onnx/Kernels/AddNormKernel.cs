using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// Adds two tensors and normalises each row of the sum in one pass over memory, and gives the result in 8 bits too, with one
/// scale a call, for graphs that ask for that.
/// </summary>
internal static unsafe class AddNormKernel
{
    public const string Name = "AddNorm";

    private const int BlockRows = 128;

    /// <summary>
    /// Takes two tensors of the same shape, weight and bias of a row, and epsilon. Gives the result, the same in bytes, their
    /// scale and their level of 0.
    /// </summary>
    public static void Run(KernelCall call)
    {
        var (left, right) = (call.Input(0), call.Input(1));
        var shape = left.Shape();
        KernelShape.Require(shape.AsSpan().SequenceEqual(right.Shape()), "AddNorm takes two tensors of the same shape.");
        var (rows, width) = shape.Rows();
        var norm = new LayerNorm(call, 2, width);
        var (output, bytes) = (call.Output(0, shape), call.Output(1, shape));
        var blocks = (rows + BlockRows - 1) / BlockRows;
        var bounds = new (float Least, float Largest)[Math.Max(1, blocks)];
        call.Parallel(blocks, block =>
        {
            for (var (row, end) = (block * BlockRows, EndOf(block)); row < end; row++)
            {
                var start = (long)row * width;
                norm.Apply(left.Data + start, right.Data + start, output.Data + start);
                Widen(output.Data + start, width, ref bounds[block].Least, ref bounds[block].Largest);
            }
        });

        var levels = ActivationQuantizer.Between(bounds.Min(static bound => bound.Least), bounds.Max(static bound => bound.Largest));
        *call.Output(2, []).Data = levels.Scale;
        *call.Output(3, []).Bytes = levels.Zero;
        call.Parallel(blocks, block =>
        {
            for (var (row, end) = (block * BlockRows, EndOf(block)); row < end; row++)
            {
                var start = (long)row * width;
                levels.Quantize(output.Data + start, bytes.Bytes + start, width);
            }
        });

        int EndOf(int block) => (int)Math.Min(rows, (block + 1L) * BlockRows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen(float* row, int width, ref float least, ref float largest)
    {
        var (low, high) = (Vector512.Create(least), Vector512.Create(largest));
        var i = 0;
        for (; i <= width - Lanes.Count; i += Lanes.Count)
        {
            low = Vector512.MinNative(low, Vector512.Load(row + i));
            high = Vector512.MaxNative(high, Vector512.Load(row + i));
        }

        (least, largest) = (Lanes.Least(low), Lanes.Largest(high));
        for (; i < width; i++)
        {
            (least, largest) = (MathF.Min(least, row[i]), MathF.Max(largest, row[i]));
        }
    }
}
