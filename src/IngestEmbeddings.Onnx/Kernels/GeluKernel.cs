using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// <c>Gelu(x) = x · Φ(x)</c>, Φ the normal distribution (Hendrycks and Gimpel 2016, arXiv:1606.08415), the exact form, and
/// its result in 8 bits for the product after it.
/// </summary>
/// <remarks>
/// Φ is a cubic polynomial on each of 32 parts of [0, 5.6), which two permutations of a register look up; beyond, it is 1 to
/// float precision. The error of Φ is below 5e-7. The bounds that 8 bits need are known without computing the result first:
/// its least value is that of the function, its largest that of the largest x.
/// </remarks>
internal static unsafe class GeluKernel
{
    public const string Name = "Gelu";

    /// <summary>The minimum of the function, at x = −0.7518; a batch of any size comes near it.</summary>
    private const float Least = -0.16997121f;

    private const int Lanes = 16;
    private const int Parts = 32;
    private const double End = 5.6;
    private const int BlockLength = 1 << 16;

    private static readonly float[][] Coefficients = Fit();

    /// <summary>Takes one tensor, gives one of bytes of its shape, its scale and its level of 0.</summary>
    public static void Run(KernelCall call)
    {
        var input = call.Input(0);
        var shape = input.Shape();
        var output = call.Output(0, shape);
        var length = shape.Aggregate(1L, static (a, b) => a * b);
        var blocks = (int)((length + BlockLength - 1) / BlockLength);
        var largest = new float[blocks];
        call.Parallel(blocks, block => largest[block] = Largest(input.Data + At(block), Length(block)));
        var levels = ActivationQuantizer.Between(Least, Single(largest.Max()));
        *call.Output(1, []).Data = levels.Scale;
        *call.Output(2, []).Bytes = levels.Zero;
        call.Parallel(blocks, block => Compute(input.Data + At(block), output.Bytes + At(block), Length(block), levels));

        long At(int block) => (long)block * BlockLength;
        int Length(int block) => (int)Math.Min(BlockLength, length - At(block));
    }

    /// <summary>The function at one place.</summary>
    internal static float Single(float x)
    {
        var place = MathF.Min(MathF.Abs(x) * (float)(Parts / End), MathF.BitDecrement(Parts));
        var part = (int)place;
        var t = place - part - 0.5f;
        var area = (((((Coefficients[3][part] * t) + Coefficients[2][part]) * t) + Coefficients[1][part]) * t) + Coefficients[0][part];
        return x * (MathF.CopySign(area, x) + 0.5f);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Largest(float* source, int length)
    {
        var largest = Vector512<float>.Zero;
        var i = 0;
        for (; i <= length - Lanes; i += Lanes)
        {
            largest = Avx512F.Max(largest, Vector512.Load(source + i));
        }

        var most = 0f;
        for (var lane = 0; lane < Lanes; lane++)
        {
            most = MathF.Max(most, largest[lane]);
        }

        for (; i < length; i++)
        {
            most = MathF.Max(most, source[i]);
        }

        return most;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compute(float* source, byte* target, int length, ActivationQuantizer levels)
    {
        // Local variables, not an array or a structure: only those are kept in registers.
        Vector512<float> low0 = Low(0), low1 = Low(1), low2 = Low(2), low3 = Low(3);
        Vector512<float> high0 = High(0), high1 = High(1), high2 = High(2), high3 = High(3);
        var scale = Vector512.Create((float)(Parts / End));
        var last = Vector512.Create(MathF.BitDecrement(Parts));
        var half = Vector512.Create(0.5f);
        var sign = Vector512.Create(-0f);
        var factor = Vector512.Create(1 / levels.Scale);
        var zeros = Vector512.Create((int)levels.Zero);
        var i = 0;
        for (; i <= length - Lanes; i += Lanes)
        {
            var x = Vector512.Load(source + i);
            var place = Avx512F.Min(Vector512.AndNot(x, sign) * scale, last);
            var part = Avx512F.ConvertToVector512Int32WithTruncation(place);
            var t = place - Avx512F.ConvertToVector512Single(part) - half;
            var area = Vector512.FusedMultiplyAdd(
                Avx512F.PermuteVar16x32x2(low3, part, high3), t, Avx512F.PermuteVar16x32x2(low2, part, high2));
            area = Vector512.FusedMultiplyAdd(area, t, Avx512F.PermuteVar16x32x2(low1, part, high1));
            area = Vector512.FusedMultiplyAdd(area, t, Avx512F.PermuteVar16x32x2(low0, part, high0));

            // The polynomial is Φ(|x|) − ½, which is odd in x.
            var gelu = x * ((area | (x & sign)) + half);
            ActivationQuantizer.Levels8(gelu, factor, zeros).Store(target + i);
        }

        for (; i < length; i++)
        {
            var gelu = Single(source[i]);
            levels.Quantize(&gelu, target + i, 1);
        }
    }

    private static Vector512<float> Low(int power) => Vector512.Create(Coefficients[power], 0);

    private static Vector512<float> High(int power) => Vector512.Create(Coefficients[power], Lanes);

    /// <summary>Fits Φ(x) − ½ on each part, in t = −½ … ½, through four Chebyshev points.</summary>
    private static float[][] Fit()
    {
        var coefficients = Enumerable.Range(0, 4).Select(static _ => new float[Parts]).ToArray();
        for (var part = 0; part < Parts; part++)
        {
            var points = Enumerable.Range(0, 4).Select(static k => 0.5 * Math.Cos(Math.PI * ((2 * k) + 1) / 8)).ToArray();
            var values = points.Select(t => Area((part + 0.5 + t) * End / Parts)).ToArray();

            // Newton's divided differences, then multiplied out.
            for (var order = 1; order < 4; order++)
            {
                for (var k = 3; k >= order; k--)
                {
                    values[k] = (values[k] - values[k - 1]) / (points[k] - points[k - order]);
                }
            }

            var polynomial = new double[4];
            for (var k = 3; k >= 0; k--)
            {
                for (var power = 3; power > 0; power--)
                {
                    polynomial[power] = polynomial[power - 1] - (points[k] * polynomial[power]);
                }

                polynomial[0] = values[k] - (points[k] * polynomial[0]);
            }

            for (var power = 0; power < 4; power++)
            {
                coefficients[power][part] = (float)polynomial[power];
            }
        }

        return coefficients;
    }

    /// <summary>Φ(x) − ½ for x ≥ 0 by Marsaglia's series (Journal of Statistical Software 11(4), 2004).</summary>
    private static double Area(double x)
    {
        var (sum, term) = (x, x);
        for (var k = 3; term > sum * 1e-17; k += 2)
        {
            term *= x * x / k;
            sum += term;
        }

        return sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
    }
}
