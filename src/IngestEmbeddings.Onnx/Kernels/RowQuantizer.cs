using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// 8-bit activations with a scale and an offset for each row (each token), so that a row does not depend on the others. The
/// value of the largest magnitude is left out of the range and kept exactly: <c>v = scale · (level − 128) + offset</c>, and at
/// the outlier's place <c>+ scale · excess</c>.
/// </summary>
/// <remarks>
/// One value of a row is often many times the others (Dettmers et al. 2022, arXiv:2208.07339); within the range, it would
/// leave them few of the 255 levels.
/// </remarks>
internal static unsafe class RowQuantizer
{
    /// <summary>Floats that describe a row: scale, offset, index of the outlier, excess of the outlier in levels.</summary>
    public const int Facts = 4;

    /// <summary>The level that products take for 0: the middle keeps their sums small.</summary>
    public const int Middle = 128;

    private const int Levels = 255;

    /// <summary>Below it, 1 ÷ scale is not finite, and all values count as one.</summary>
    private const float LeastScale = 1e-30f;

    /// <summary>Quantizes a row. One with what is not a finite number gets a scale that is none either.</summary>
    /// <param name="row">The values.</param>
    /// <param name="target">The levels.</param>
    /// <param name="width">How many.</param>
    /// <param name="facts">Scale, offset, index and excess of the outlier.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantize(float* row, byte* target, int width, float* facts)
    {
        var fault = Bounds(row, width, out var least, out var largest);
        var (outlier, isLargest) = MathF.Abs(largest) > MathF.Abs(least) ? (largest, true) : (least, false);
        var index = FindOutlier(row, width, outlier, out var next);
        (least, largest) = isLargest ? (least, next) : (next, largest);

        var scale = (largest - least) / Levels;
        scale = (scale < LeastScale ? 1 : scale) + fault;
        var (factor, shift) = (1 / scale, -least / scale);
        var (factors, shifts) = (Vector512.Create(factor), Vector512.Create(shift));
        var i = 0;
        for (; i <= width - Lanes.Count; i += Lanes.Count)
        {
            Lanes.Bytes(Vector512.FusedMultiplyAdd(Vector512.Load(row + i), factors, shifts)).Store(target + i);
        }

        for (; i < width; i++)
        {
            target[i] = Lanes.Byte(MathF.FusedMultiplyAdd(row[i], factor, shift));
        }

        facts[0] = scale;
        facts[1] = MathF.FusedMultiplyAdd(Middle, scale, least);
        facts[2] = index;
        facts[3] = MathF.FusedMultiplyAdd(outlier, factor, shift) - target[index];
    }

    /// <summary>The bounds of a row.</summary>
    /// <returns>0, or what is not a number when the row has something infinite or no number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Bounds(float* row, int width, out float least, out float largest)
    {
        (least, largest) = (row[0], row[0]);
        var fault = 0f;
        var i = 0;
        if (width >= 2 * Lanes.Count)
        {
            // Two of each: one would wait for itself.
            var (zero, first, second) = (Vector512<float>.Zero, Vector512.Load(row), Vector512.Load(row + Lanes.Count));
            var (low, high, sum) = (first, first, zero);
            var (otherLow, otherHigh, otherSum) = (second, second, zero);
            for (; i <= width - (2 * Lanes.Count); i += 2 * Lanes.Count)
            {
                var (values, others) = (Vector512.Load(row + i), Vector512.Load(row + i + Lanes.Count));
                (low, otherLow) = (Vector512.MinNative(low, values), Vector512.MinNative(otherLow, others));
                (high, otherHigh) = (Vector512.MaxNative(high, values), Vector512.MaxNative(otherHigh, others));
                (sum, otherSum) = (Vector512.FusedMultiplyAdd(values, zero, sum), Vector512.FusedMultiplyAdd(others, zero, otherSum));
            }

            least = Lanes.Least(Vector512.MinNative(low, otherLow));
            largest = Lanes.Largest(Vector512.MaxNative(high, otherHigh));
            fault = Vector512.Sum(sum + otherSum);
        }

        for (; i < width; i++)
        {
            (least, largest, fault) = (MathF.Min(least, row[i]), MathF.Max(largest, row[i]), fault + (row[i] * 0));
        }

        return fault;
    }

    /// <summary>Finds the outlier, and the bound that is left on its side without it.</summary>
    /// <param name="row">The values.</param>
    /// <param name="width">How many.</param>
    /// <param name="outlier">The value of the largest magnitude.</param>
    /// <param name="next">The one after it towards the other side; the same where it occurs twice.</param>
    /// <returns>Its place; 0 when it is nowhere, as what is not a number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FindOutlier(float* row, int width, float outlier, out float next)
    {
        // The sign is turned so that the outlier is the largest.
        var sign = outlier < 0 ? -1f : 1f;
        var (sought, signs, lowest) = (Vector512.Create(outlier), Vector512.Create(sign), Vector512.Create(float.MinValue));
        var (rest, bound, index, count, i) = (lowest, float.MinValue, 0, 0, 0);
        for (; i <= width - Lanes.Count; i += Lanes.Count)
        {
            var values = Vector512.Load(row + i);
            var same = Vector512.Equals(values, sought);
            rest = Vector512.MaxNative(rest, Vector512.ConditionalSelect(same, lowest, values * signs));
            var found = same.ExtractMostSignificantBits();
            if (found != 0)
            {
                index = i + BitOperations.TrailingZeroCount(found);
                count += BitOperations.PopCount(found);
            }
        }

        bound = Lanes.Largest(rest);
        for (; i < width; i++)
        {
            (index, count, bound) = row[i] == outlier ? (i, count + 1, bound) : (index, count, MathF.Max(bound, row[i] * sign));
        }

        next = count == 1 && width > 1 ? bound * sign : outlier;
        return index;
    }
}
