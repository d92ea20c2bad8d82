using System.Runtime.InteropServices;

namespace IngestEmbeddings.Cli;

/// <summary>Sees to it that the process may open the files that it needs, before it opens any.</summary>
/// <remarks>
/// Each assembly of the runtime keeps a file open. Where the limit is low, any of them may fail to load, at any place: so this
/// class uses nothing but the runtime's core and the C library.
/// </remarks>
internal static unsafe class Descriptors
{
    /// <summary>Files that a run with a few workers has open, with room.</summary>
    private const ulong Needed = 192;

    private const int OpenFiles = 7;
    private const int StandardError = 2;

    /// <summary>Writes an error when too few files may be open.</summary>
    public static bool AreTooFew()
    {
        // The runtime has raised the limit to the highest that it may have.
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var limits = stackalloc ulong[2];
        if (ReadLimit(OpenFiles, limits) != 0 || limits[0] >= Needed)
        {
            return false;
        }

        fixed (byte* text = "error: This process may have too few files open: 192 are needed. To allow them: ulimit -n 192\n\0"u8)
        {
            var length = 0;
            while (text[length] != 0)
            {
                length++;
            }

            _ = Write(StandardError, text, length);
        }

        return true;
    }

    [DllImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ReadLimit(int resource, ulong* limits);

    [DllImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(int file, byte* bytes, nint count);
}
