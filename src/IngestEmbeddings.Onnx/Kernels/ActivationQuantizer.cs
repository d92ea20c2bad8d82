using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// 8-bit activations, as ONNX's <c>DynamicQuantizeLinear</c> defines them: one scale for a tensor, so that its smallest and
/// largest value, and 0, fit into 0 … 255. <see cref="RowQuantizer"/> is nearer; this serves graphs that ask for it.
/// </summary>
/// <param name="scale">What one level is.</param>
/// <param name="zero">The level of 0.</param>
internal readonly unsafe struct ActivationQuantizer(float scale, byte zero)
{
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
        // Rounded before the level of 0 is added: a sum of both would round ties the other way.
        var (factor, zeros) = (Vector512.Create(1 / scale), Vector512.Create((float)zero));
        var i = 0;
        for (; i <= length - Lanes.Count; i += Lanes.Count)
        {
            var levels = Vector512.ConvertToSingle(Lanes.Round(Vector512.Load(source + i) * factor));
            Lanes.Bytes(levels + zeros).Store(target + i);
        }

        for (; i < length; i++)
        {
            target[i] = (byte)Math.Clamp((int)MathF.Round(source[i] / scale) + zero, 0, Levels);
        }
    }
}
