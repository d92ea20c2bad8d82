using System.Runtime.InteropServices;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>Working memory of one part of a call, aligned to cache lines: a vector across two lines costs two loads.</summary>
/// <param name="length">Floats.</param>
/// <exception cref="OutOfMemoryException">There is not so much.</exception>
internal readonly unsafe ref struct Scratch(long length)
{
    private const nuint CacheLine = 64;

    public float* Data { get; } = (float*)NativeMemory.AlignedAlloc(checked((nuint)length * sizeof(float)), CacheLine);

    public void Dispose() => NativeMemory.AlignedFree(Data);
}
