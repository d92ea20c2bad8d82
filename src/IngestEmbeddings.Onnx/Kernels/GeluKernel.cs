using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary><see cref="Gelu"/> and its result in 8 bits with one scale a call, for graphs that ask for that.</summary>
/// <remarks>
/// The bounds that 8 bits need are known without computing the result first: its least value is that of the function, its
/// largest that of the largest x.
/// </remarks>
internal static unsafe class GeluKernel
{
    public const string Name = "Gelu";

    private const int BlockLength = 1 << 12;
    private const int PartBlocks = 16;

    /// <summary>Takes one tensor, gives one of bytes of its shape, its scale and its level of 0.</summary>
    public static void Run(KernelCall call)
    {
        var input = call.Input(0);
        var shape = input.Shape();
        var output = call.Output(0, shape);
        var length = shape.Aggregate(1L, static (a, b) => a * b);
        const long PartLength = BlockLength * PartBlocks;
        var parts = checked((int)((length + PartLength - 1) / PartLength));
        var largest = new float[Math.Max(1, parts)];
        call.Parallel(parts, part => largest[part] = Largest(input.Data + At(part), Length(part)));
        var levels = ActivationQuantizer.Between(Gelu.Least, Gelu.Of(largest.Max()));
        *call.Output(1, []).Data = levels.Scale;
        *call.Output(2, []).Bytes = levels.Zero;
        call.Parallel(parts, part =>
        {
            using var block = new Scratch(BlockLength);
            for (var (at, end) = (At(part), At(part) + Length(part)); at < end; at += BlockLength)
            {
                var count = (int)Math.Min(BlockLength, end - at);
                Gelu.Apply(input.Data + at, block.Data, count);
                levels.Quantize(block.Data, output.Bytes + at, count);
            }
        });

        long At(int part) => part * PartLength;
        int Length(int part) => (int)Math.Min(PartLength, length - At(part));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Largest(float* source, int length)
    {
        var largest = Vector512<float>.Zero;
        var i = 0;
        for (; i <= length - Lanes.Count; i += Lanes.Count)
        {
            largest = Vector512.MaxNative(largest, Vector512.Load(source + i));
        }

        var most = MathF.Max(0, Lanes.Largest(largest));
        for (; i < length; i++)
        {
            most = MathF.Max(most, source[i]);
        }

        return most;
    }
}
