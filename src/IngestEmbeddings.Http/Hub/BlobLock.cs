using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Http.Hub;

/// <summary>Makes sure that one process at a time fetches a content. The system releases it when the process ends.</summary>
internal static class BlobLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits until no other process holds the lock. Dispose the result to release it.</summary>
    /// <param name="path">The lock's file.</param>
    /// <param name="id">The model, for who observes the wait.</param>
    /// <param name="options">The observer and the clock.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public static async Task<IAsyncDisposable> AcquireAsync(string path, ModelId id, HubOptions options, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (var told = false; ; told = true)
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
                    options.Observer.Observe(new PullWaiting(id.ToString()));
                }

                await Task.Delay(Pause, options.Time, cancellationToken);
            }
        }
    }
}
