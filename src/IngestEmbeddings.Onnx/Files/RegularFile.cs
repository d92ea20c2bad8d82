using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IngestEmbeddings.Onnx.Files;

/// <summary>Opens the files of a model folder, which may come from anywhere: regular files only, and only up to a stated size.</summary>
/// <remarks>
/// A named pipe is refused without waiting for its writer, and a device such as <c>/dev/zero</c>, which reads without end, at its first
/// byte. Symbolic links are followed: the cache of Hugging Face consists of them.
/// </remarks>
internal static partial class RegularFile
{
    private const int ReadOnly = 0;
    private const int FileNotFound = 2;

    /// <summary>Opens a file to read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The most bytes that it may have.</param>
    /// <returns>A stream, at its beginning, of a length that is known.</returns>
    /// <exception cref="IngestException">
    /// <see cref="IngestError.Configuration"/>: the file cannot be opened, is no regular file, or is larger.
    /// </exception>
    public static FileStream Open(string path, long maxBytes)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(OpenHandle(path), FileAccess.Read, bufferSize: 1 << 16);
            Require(stream.CanSeek, path, "is no regular file");
            Require(stream.Length <= maxBytes, path, $"has {stream.Length:N0} bytes, and at most {maxBytes:N0} are read of such a file");

            // A device has the length 0, and yet something to read.
            Require(stream.Length > 0 || stream.ReadByte() < 0, path, "is no regular file");
            return stream;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            stream?.Dispose();
            throw new IngestException(IngestError.Configuration, $"{path} cannot be read: {fault.Message}", fault);
        }
        catch
        {
            stream?.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole file.</summary>
    /// <inheritdoc cref="Open"/>
    /// <returns>The bytes.</returns>
    public static byte[] ReadAllBytes(string path, int maxBytes)
    {
        using var stream = Open(path, maxBytes);
        try
        {
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException fault)
        {
            throw new IngestException(IngestError.Configuration, $"{path} cannot be read: {fault.Message}", fault);
        }
    }

    private static void Require(bool condition, string path, string otherwise)
    {
        if (!condition)
        {
            throw new IngestException(IngestError.Configuration, $"{path} {otherwise}.");
        }
    }

    private static SafeFileHandle OpenHandle(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return File.OpenHandle(path, options: FileOptions.SequentialScan);
        }

        // The framework's own way to open a file waits for ever on a named pipe.
        var (dontWait, closeOnExec) = OperatingSystem.IsLinux() ? (0x800, 0x80000) : (0x4, 0x1000000);
        var handle = new SafeFileHandle(OpenDescriptor(path, ReadOnly | dontWait | closeOnExec), ownsHandle: true);
        if (!handle.IsInvalid)
        {
            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw error == FileNotFound
            ? new FileNotFoundException("there is no such file")
            : new IOException(Marshal.GetPInvokeErrorMessage(error));
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int OpenDescriptor(string path, int flags);
}
