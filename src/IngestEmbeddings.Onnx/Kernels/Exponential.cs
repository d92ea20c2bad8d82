using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>e to the power of what is not above 0, within 2 units of the last place of a float.</summary>
internal static class Exponential
{
    /// <summary>Below this a float of e to its power is no longer normal; it counts as 0.</summary>
    private const float Least = -87.3f;

    /// <summary>e^x = 2^n · e^r with n whole and |r| ≤ ½ ln 2, where six terms of the series are enough (Cody and Waite 1980).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OfNegative(Vector512<float> x)
    {
        var whole = Lanes.Round(x * Vector512.Create(1.44269504f));
        var n = Vector512.ConvertToSingle(whole);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.FusedMultiplyAdd(r, Vector512.Create(1 / 720f), Vector512.Create(1 / 120f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1 / 24f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1 / 6f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        var power = Vector512.ShiftLeft(whole + Vector512.Create(127), 23).AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Least)), Vector512<float>.Zero, p * power);
    }
}
