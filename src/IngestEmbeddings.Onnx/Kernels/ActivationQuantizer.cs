using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// 8-bit activations, as ONNX's <c>DynamicQuantizeLinear</c> defines them: one scale for a tensor, so that its smallest and
/// largest value, and 0, fit into 0 … 255.
/// </summary>
/// <param name="scale">What one level is.</param>
/// <param name="zero">The level of 0.</param>
internal readonly unsafe struct ActivationQuantizer(float scale, byte zero)
{
    private const int Lanes = 16;
    private const int Levels = 255;

    public float Scale => scale;

    public byte Zero => zero;

    /// <summary>The quantization of values between two bounds.</summary>
    public static ActivationQuantizer Between(float least, float largest)
    {
        least = MathF.Min(least, 0);
        largest = MathF.Max(largest, 0);
        var scale = largest == least ? 1 : (largest - least) / Levels;
        return new ActivationQuantizer(scale, (byte)MathF.Round(Math.Clamp(-least / scale, 0, Levels)));
    }

    /// <summary>Quantizes values. Multiplies by the reciprocal where the definition divides: a tie may go to the other side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Quantize(float* source, byte* target, int length)
    {
        var factor = Vector512.Create(1 / scale);
        var zeros = Vector512.Create((int)zero);
        var i = 0;
        for (; i <= length - Lanes; i += Lanes)
        {
            Levels8(Vector512.Load(source + i), factor, zeros).Store(target + i);
        }

        for (; i < length; i++)
        {
            target[i] = (byte)Math.Clamp((int)MathF.Round(source[i] / scale) + zero, 0, Levels);
        }
    }

    /// <summary>Sixteen values as levels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Levels8(Vector512<float> values, Vector512<float> factor, Vector512<int> zeros)
    {
        var levels = Avx512F.ConvertToVector512Int32(values * factor) + zeros;
        return Avx512F.ConvertToVector128ByteWithSaturation(Avx512F.Max(levels, Vector512<int>.Zero).AsUInt32());
    }
}
