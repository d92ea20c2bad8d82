namespace IngestEmbeddings.Http.Hub;

/// <summary>Makes sure that one process at a time fetches a content. The system releases it when the process ends.</summary>
internal static class BlobLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits until no other process holds the lock. Dispose the result to release it.</summary>
    /// <param name="path">The lock's file.</param>
    /// <param name="options">Is told of a wait; the clock.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public static async Task<IAsyncDisposable> AcquireAsync(string path, HubOptions options, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (var told = false; ;)
        {
            try
            {
                // Exclusive means flock on Unix, which Python's filelock uses as well.
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                if (!told)
                {
                    options.Notice("Another process is fetching this model: waiting for it.");
                    told = true;
                }

                await Task.Delay(Pause, options.Time, cancellationToken);
            }
        }
    }
}
