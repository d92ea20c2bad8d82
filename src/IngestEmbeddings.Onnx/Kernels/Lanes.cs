using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// Steps on sixteen floats at a time. Each gives the same bits with AVX-512 and without, so that vectors do not depend on the
/// processor.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>Floats in one vector.</summary>
    public const int Count = 16;

    /// <summary>Adding it leaves a float of −2²² … 2²² no bits below 1, so its whole part stands in the last bits.</summary>
    private const float Rounder = 12582912;

    /// <summary>A length filled up to whole vectors.</summary>
    public static int Padded(int length) => (length + Count - 1) / Count * Count;

    /// <summary>Sixteen signed bytes as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Floats(sbyte* source)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(source)));
        }

        var (low, high) = Vector128.Widen(Vector128.Load(source));
        var ((a, b), (c, d)) = (Vector128.Widen(low), Vector128.Widen(high));
        return Vector512.ConvertToSingle(Vector512.Create(Vector256.Create(a, b), Vector256.Create(c, d)));
    }

    /// <summary>Rounds to whole numbers, ties to even, and cuts to 0 … 255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Bytes(Vector512<float> values)
    {
        if (Avx512F.IsSupported)
        {
            var levels = Avx512F.Max(Avx512F.ConvertToVector512Int32(values), Vector512<int>.Zero);
            return Avx512F.ConvertToVector128ByteWithSaturation(levels.AsUInt32());
        }

        var bounded = Vector512.MinNative(Vector512.MaxNative(values, Vector512<float>.Zero), Vector512.Create(255f));
        var whole = (bounded + Vector512.Create(Rounder)).AsInt32() & Vector512.Create(255);
        var halves = Vector256.Narrow(whole.GetLower().AsUInt32(), whole.GetUpper().AsUInt32());
        return Vector128.Narrow(halves.GetLower(), halves.GetUpper());
    }

    /// <summary>The same for one value.</summary>
    public static byte Byte(float value) => (byte)Math.Clamp(MathF.Round(value), 0, 255);

    /// <summary>The nearest whole numbers of values within ±2²², ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Round(Vector512<float> values) => Avx512F.IsSupported
        ? Avx512F.ConvertToVector512Int32(values)
        : (values + Vector512.Create(Rounder)).AsInt32() - Vector512.Create(BitConverter.SingleToInt32Bits(Rounder));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Vector512<float> values)
    {
        var eight = Vector256.MaxNative(values.GetLower(), values.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        var two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(two[0], two[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Least(Vector512<float> values) => -Largest(-values);
}
