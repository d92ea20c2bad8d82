using System.Runtime.InteropServices;

namespace IngestEmbeddings.Tests.Onnx.Kernels;

/// <summary>Memory whose last byte lies before a page that nothing may touch: a read beyond it ends the process.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;
    private readonly byte* _start;
    private readonly int _size;

    /// <summary>Maps memory of a size, rounded up to pages.</summary>
    public GuardedMemory(int size)
    {
        var page = Environment.SystemPageSize;
        _size = (size + page - 1) / page * page;
        _start = (byte*)Map(0, (nuint)(_size + page), ReadWrite, PrivateAnonymous, -1, 0);
        if ((nint)_start == -1 || Protect(_start + _size, (nuint)page, 0) != 0)
        {
            throw new InvalidOperationException("No guarded memory.");
        }
    }

    /// <summary>The last bytes before the guarded page.</summary>
    public Span<byte> Last(int count) => new(_start + _size - count, count);

    /// <summary>Where the last bytes begin.</summary>
    public nint AddressOfLast(int count) => (nint)(_start + _size - count);

    public void Dispose() => _ = Unmap(_start, (nuint)(_size + Environment.SystemPageSize));

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
