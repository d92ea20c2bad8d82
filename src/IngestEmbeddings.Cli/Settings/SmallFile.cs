using System.Text;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>Reads a file of settings whole: a regular file of a bounded size, and nothing else.</summary>
internal static class SmallFile
{
    /// <summary>Bytes that a file of settings or secrets may have.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Reads the text of a file.</summary>
    /// <exception cref="IOException">It is no regular file, too large, or cannot be read. The message holds nothing of its text.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string Read(string path)
    {
        if (FileFacts.Find(path, follow: true) is { IsRegular: false })
        {
            throw new IOException("it is not a regular file.");
        }

        using var stream = File.OpenRead(path);
        var bytes = new byte[MaxBytes + 1];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return count <= MaxBytes
            ? new UTF8Encoding(false).GetString(bytes, 0, count).TrimStart('\uFEFF')
            : throw new IOException($"it has more than {MaxBytes / 1024} kB.");
    }
}
