using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// Adds two tensors and normalises each row of the sum (Ba et al. 2016, arXiv:1607.06450), in one pass over memory, and
/// gives the result in 8 bits too, once for all products that read it.
/// </summary>
internal static unsafe class AddNormKernel
{
    public const string Name = "AddNorm";

    private const int Lanes = 16;
    private const int BlockRows = 128;

    /// <summary>
    /// Takes two tensors of the same shape, weight and bias of a row, and epsilon. Gives the result, the same in bytes, their
    /// scale and their level of 0.
    /// </summary>
    public static void Run(KernelCall call)
    {
        var (left, right, weight, bias) = (call.Input(0), call.Input(1), call.Input(2), call.Input(3));
        var shape = left.Shape();
        if (!shape.AsSpan().SequenceEqual(right.Shape()))
        {
            throw new InvalidOperationException("AddNorm takes two tensors of the same shape.");
        }

        var epsilon = *call.Input(4).Data;
        var (output, bytes) = (call.Output(0, shape), call.Output(1, shape));
        var width = (int)shape[^1];
        var rows = (int)shape.Aggregate(1L, static (a, b) => a * b) / width;
        var blocks = (rows + BlockRows - 1) / BlockRows;
        var bounds = new (float Least, float Largest)[blocks];
        call.Parallel(blocks, block =>
        {
            var (least, largest) = (Vector512<float>.Zero, Vector512<float>.Zero);
            for (var (row, end) = (block * BlockRows, EndOf(block)); row < end; row++)
            {
                var start = (long)row * width;
                Normalize(
                    left.Data + start, right.Data + start, weight.Data, bias.Data, epsilon, output.Data + start, width,
                    ref least, ref largest);
            }

            for (var lane = 0; lane < Lanes; lane++)
            {
                bounds[block] = (MathF.Min(bounds[block].Least, least[lane]), MathF.Max(bounds[block].Largest, largest[lane]));
            }
        });

        var levels = ActivationQuantizer.Between(bounds.Min(static bound => bound.Least), bounds.Max(static bound => bound.Largest));
        *call.Output(2, []).Data = levels.Scale;
        *call.Output(3, []).Bytes = levels.Zero;
        call.Parallel(blocks, block =>
        {
            var start = (long)block * BlockRows * width;
            levels.Quantize(output.Data + start, bytes.Bytes + start, (EndOf(block) - (block * BlockRows)) * width);
        });

        int EndOf(int block) => Math.Min(rows, (block + 1) * BlockRows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Normalize(
        float* left, float* right, float* weight, float* bias, float epsilon, float* target, int width,
        ref Vector512<float> least, ref Vector512<float> largest)
    {
        // Two sums each: one would wait for itself.
        var (sums, others) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var i = 0;
        for (; i <= width - (2 * Lanes); i += 2 * Lanes)
        {
            var sum = Vector512.Load(left + i) + Vector512.Load(right + i);
            var other = Vector512.Load(left + i + Lanes) + Vector512.Load(right + i + Lanes);
            sums += sum;
            others += other;
            sum.Store(target + i);
            other.Store(target + i + Lanes);
        }

        sums += others;
        for (; i <= width - Lanes; i += Lanes)
        {
            var sum = Vector512.Load(left + i) + Vector512.Load(right + i);
            sums += sum;
            sum.Store(target + i);
        }

        var total = Vector512.Sum(sums);
        for (; i < width; i++)
        {
            target[i] = left[i] + right[i];
            total += target[i];
        }

        var mean = total / width;
        var means = Vector512.Create(mean);
        var (squares, more) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (i = 0; i <= width - (2 * Lanes); i += 2 * Lanes)
        {
            var difference = Vector512.Load(target + i) - means;
            var other = Vector512.Load(target + i + Lanes) - means;
            squares = Vector512.FusedMultiplyAdd(difference, difference, squares);
            more = Vector512.FusedMultiplyAdd(other, other, more);
        }

        squares += more;
        for (; i <= width - Lanes; i += Lanes)
        {
            var difference = Vector512.Load(target + i) - means;
            squares = Vector512.FusedMultiplyAdd(difference, difference, squares);
        }

        var variance = Vector512.Sum(squares);
        for (; i < width; i++)
        {
            variance += (target[i] - mean) * (target[i] - mean);
        }

        var factor = 1 / MathF.Sqrt((variance / width) + epsilon);
        var factors = Vector512.Create(factor);
        var (low, high) = (least, largest);
        for (i = 0; i <= width - Lanes; i += Lanes)
        {
            var value = (Vector512.Load(target + i) - means) * factors;
            value = Vector512.FusedMultiplyAdd(value, Vector512.Load(weight + i), Vector512.Load(bias + i));
            value.Store(target + i);
            low = Avx512F.Min(low, value);
            high = Avx512F.Max(high, value);
        }

        for (; i < width; i++)
        {
            target[i] = ((target[i] - mean) * factor * weight[i]) + bias[i];
            low = Avx512F.Min(low, Vector512.Create(target[i]));
            high = Avx512F.Max(high, Vector512.Create(target[i]));
        }

        (least, largest) = (low, high);
    }
}
