using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// <c>Gelu(x) = x · Φ(x)</c>, Φ the normal distribution (Hendrycks and Gimpel 2016, arXiv:1606.08415), the exact form.
/// </summary>
/// <remarks>
/// Φ is a cubic polynomial on each of 32 parts of [0, 5.6), which two permutations of a register look up; beyond, it is 1 to
/// float precision. The error of Φ is below 5e-7.
/// </remarks>
internal static unsafe class Gelu
{
    /// <summary>The minimum of the function, at x = −0.7518.</summary>
    public const float Least = -0.16997121f;

    private const int Parts = 32;
    private const double End = 5.6;

    private static readonly float[][] Coefficients = Fit();

    /// <summary>The function at one place.</summary>
    public static float Of(float x)
    {
        var place = MathF.Min(MathF.Abs(x) * (float)(Parts / End), MathF.BitDecrement(Parts));
        var part = float.IsNaN(place) ? 0 : (int)place;
        var t = place - part - 0.5f;
        var area = MathF.FusedMultiplyAdd(Coefficients[3][part], t, Coefficients[2][part]);
        area = MathF.FusedMultiplyAdd(area, t, Coefficients[1][part]);
        area = MathF.FusedMultiplyAdd(area, t, Coefficients[0][part]);
        return x * (MathF.CopySign(area, x) + 0.5f);
    }

    /// <summary>The function of many values.</summary>
    /// <param name="source">The values.</param>
    /// <param name="target">Where the results go; may be the same.</param>
    /// <param name="length">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(float* source, float* target, int length)
    {
        var i = 0;
        if (Avx512F.IsSupported)
        {
            // Local variables, not an array or a structure: only those are kept in registers.
            Vector512<float> low0 = Low(0), low1 = Low(1), low2 = Low(2), low3 = Low(3);
            Vector512<float> high0 = High(0), high1 = High(1), high2 = High(2), high3 = High(3);
            var scale = Vector512.Create((float)(Parts / End));
            var last = Vector512.Create(MathF.BitDecrement(Parts));
            var half = Vector512.Create(0.5f);
            var sign = Vector512.Create(-0f);
            for (; i <= length - Lanes.Count; i += Lanes.Count)
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
        }

        for (; i < length; i++)
        {
            target[i] = Of(source[i]);
        }
    }

    private static Vector512<float> Low(int power) => Vector512.Create(Coefficients[power], 0);

    private static Vector512<float> High(int power) => Vector512.Create(Coefficients[power], Lanes.Count);

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
