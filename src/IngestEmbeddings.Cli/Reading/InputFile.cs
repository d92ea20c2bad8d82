using IngestEmbeddings.Cli.Settings;

namespace IngestEmbeddings.Cli.Reading;

/// <summary>Opens the files that a user names: regular ones. A pipe waits for a writer, a device may have no end.</summary>
internal static class InputFile
{
    /// <summary>Bytes that a word list may have: read whole, it is in memory.</summary>
    private const long MaxListBytes = 1L << 28;

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="source">How messages call it.</param>
    /// <exception cref="IngestException">It is no regular file, or cannot be opened.</exception>
    public static FileStream Open(string path, string source)
    {
        try
        {
            if (FileFacts.Find(path, follow: true) is { IsRegular: false })
            {
                throw new IngestException(
                    IngestError.Configuration,
                    $"{source} is not a regular file but a folder, a pipe or a device. What a pipe gives can be loaded as the standard input: load TABLE - < {source}");
            }

            return File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IngestException(IngestError.Configuration, $"{source} cannot be opened: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a word list.</summary>
    /// <exception cref="IOException">It is no regular file, too large, or cannot be read.</exception>
    public static async Task<string[]> ReadLinesAsync(string path, CancellationToken cancellationToken)
    {
        if (FileFacts.Find(path, follow: true) is { IsRegular: false })
        {
            throw new IOException("it is not a regular file.");
        }

        return new FileInfo(path) is { Exists: true, Length: > MaxListBytes }
            ? throw new IOException($"it has more than {MaxListBytes >> 20} MB.")
            : await File.ReadAllLinesAsync(path, System.Text.Encoding.UTF8, cancellationToken);
    }
}
