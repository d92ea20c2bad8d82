using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>Normalises rows (Ba et al. 2016, arXiv:1607.06450): to mean 0 and variance 1, then times a weight, plus a bias.</summary>
internal readonly unsafe struct LayerNorm
{
    /// <summary>How many tensors of a call describe it: weight, bias, epsilon.</summary>
    public const int Inputs = 3;

    private readonly float* _weight;
    private readonly float* _bias;
    private readonly float _epsilon;
    private readonly int _width;

    /// <summary>Takes three tensors of a call: weight and bias, each as long as a row, and epsilon.</summary>
    /// <exception cref="InvalidOperationException">A shape is another.</exception>
    public LayerNorm(KernelCall call, int first, int width)
    {
        var (weight, bias) = (call.Input(first), call.Input(first + 1));
        KernelShape.Require(
            weight.Shape() is [var weights] && weights == width && bias.Shape() is [var biases] && biases == width,
            "A normalisation takes a weight and a bias of a row's length.");
        _weight = weight.Data;
        _bias = bias.Data;
        _epsilon = call.Scalar(first + 2);
        _width = width;
    }

    /// <summary>Normalises the sum of two rows.</summary>
    /// <param name="left">A row.</param>
    /// <param name="right">Another; null for none.</param>
    /// <param name="target">Where the result goes; may be one of the two.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Apply(float* left, float* right, float* target)
    {
        var width = _width;
        var mean = Add(left, right, target, width) / width;
        var means = Vector512.Create(mean);
        var (squares, more) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var i = 0;
        for (; i <= width - (2 * Lanes.Count); i += 2 * Lanes.Count)
        {
            var difference = Vector512.Load(target + i) - means;
            var other = Vector512.Load(target + i + Lanes.Count) - means;
            squares = Vector512.FusedMultiplyAdd(difference, difference, squares);
            more = Vector512.FusedMultiplyAdd(other, other, more);
        }

        squares += more;
        for (; i <= width - Lanes.Count; i += Lanes.Count)
        {
            var difference = Vector512.Load(target + i) - means;
            squares = Vector512.FusedMultiplyAdd(difference, difference, squares);
        }

        var variance = Vector512.Sum(squares);
        for (; i < width; i++)
        {
            variance += (target[i] - mean) * (target[i] - mean);
        }

        var factor = 1 / MathF.Sqrt((variance / width) + _epsilon);
        var factors = Vector512.Create(factor);
        for (i = 0; i <= width - Lanes.Count; i += Lanes.Count)
        {
            var value = (Vector512.Load(target + i) - means) * factors;
            Vector512.FusedMultiplyAdd(value, Vector512.Load(_weight + i), Vector512.Load(_bias + i)).Store(target + i);
        }

        for (; i < width; i++)
        {
            target[i] = ((target[i] - mean) * factor * _weight[i]) + _bias[i];
        }
    }

    /// <summary>Adds two rows.</summary>
    /// <returns>The sum of the result.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Add(float* left, float* right, float* target, int width)
    {
        // Two sums each: one would wait for itself.
        var (sums, others) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var i = 0;
        for (; i <= width - (2 * Lanes.Count); i += 2 * Lanes.Count)
        {
            var (sum, other) = (Vector512.Load(left + i), Vector512.Load(left + i + Lanes.Count));
            if (right != null)
            {
                sum += Vector512.Load(right + i);
                other += Vector512.Load(right + i + Lanes.Count);
            }

            sums += sum;
            others += other;
            sum.Store(target + i);
            other.Store(target + i + Lanes.Count);
        }

        sums += others;
        for (; i <= width - Lanes.Count; i += Lanes.Count)
        {
            var sum = right != null ? Vector512.Load(left + i) + Vector512.Load(right + i) : Vector512.Load(left + i);
            sums += sum;
            sum.Store(target + i);
        }

        var total = Vector512.Sum(sums);
        for (; i < width; i++)
        {
            target[i] = right != null ? left[i] + right[i] : left[i];
            total += target[i];
        }

        return total;
    }
}
