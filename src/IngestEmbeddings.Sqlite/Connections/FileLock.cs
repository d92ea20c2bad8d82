using IngestEmbeddings.Sqlite.Faults;

namespace IngestEmbeddings.Sqlite.Connections;

/// <summary>Locks a file against other processes, by a lock file next to it.</summary>
/// <remarks>
/// The kernel releases the lock when the process ends, however it ends. The lock file stays: if it were removed, two processes
/// could lock two files of one name.
/// </remarks>
internal static class FileLock
{
    /// <summary>Takes the lock of a file; disposing the stream releases it.</summary>
    /// <exception cref="IngestException">Another process has it, or the lock file cannot be written.</exception>
    public static FileStream Take(string file)
    {
        try
        {
            return new FileStream($"{file}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (DirectoryNotFoundException exception)
        {
            throw SqliteFaults.Misconfigured($"The folder of {file} does not exist: create it, or give --store another file.", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw SqliteFaults.Misconfigured(
                $"{file}.lock cannot be written: give this user the right to write in the folder, or give --store another file.",
                exception);
        }
        catch (IOException exception) when (File.Exists($"{file}.lock"))
        {
            throw SqliteFaults.Misconfigured(
                $"Another process is using {file}: wait until it ends, or give --store another file. "
                + "Several processes can share a PostgreSQL database.",
                exception);
        }
        catch (IOException exception)
        {
            throw SqliteFaults.Misconfigured(
                $"{file}.lock cannot be created ({exception.Message.TrimEnd('.')}): give --store another file.", exception);
        }
    }
}
