using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Connections;

/// <summary>How a file is opened that is only read.</summary>
internal static class ReadableSource
{
    /// <summary>The data source and the mode.</summary>
    /// <remarks>
    /// A file that may be written is opened so, although nothing is: SQLite then removes the two files of its log (WAL) again that
    /// reading needs. Where they cannot be made, in a folder that takes no file, the database is read as it is, which is right
    /// only while no log lies next to it.
    /// </remarks>
    public static (string Source, SqliteOpenMode Mode) Of(string file)
    {
        if (CanWrite(file) && CanWriteFolder(file))
        {
            return (file, SqliteOpenMode.ReadWrite);
        }

        return File.Exists($"{file}-wal")
            ? (file, SqliteOpenMode.ReadOnly)
            : ($"file:{Uri.EscapeDataString(file).Replace("%2F", "/", StringComparison.Ordinal)}?immutable=1", SqliteOpenMode.ReadOnly);
    }

    private static bool CanWrite(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Only an attempt tells: rights, a file system without writes, and root's exemption come together in it.
    private static bool CanWriteFolder(string file)
    {
        try
        {
            using var probe = new FileStream(
                $"{file}-{Guid.NewGuid():N}", FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
