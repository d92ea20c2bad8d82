using System.Net;
using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Http.Hub;

/// <summary>Fetches one file into the cache: what is there counts, what breaks off goes on, what is wrong is not kept.</summary>
/// <param name="client">Speaks to the hub.</param>
/// <param name="cache">Where the file is kept.</param>
/// <param name="options">The limits and the clock.</param>
internal sealed class FileDownload(HubClient client, HubCache cache, HubOptions options)
{
    /// <summary>So many bytes between two faults show that the connection works, so that the retries are counted again.</summary>
    private const long Headway = 1 << 20;

    /// <summary>Fetches the file.</summary>
    /// <param name="id">The model.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="file">The file.</param>
    /// <param name="received">Is told the bytes that are here, and how many of them were fetched now.</param>
    /// <param name="cancellationToken">A token to cancel the operation; what was received stays.</param>
    /// <exception cref="IngestException">The file cannot be had, or is not what the hub's list says.</exception>
    public async Task FetchAsync(ModelId id, string commit, HubFile file, Action<long, long> received, CancellationToken cancellationToken)
    {
        var blob = cache.Blob(id, file.Hash);
        if (!IsThere(blob, file))
        {
            await using var turn = await BlobLock.AcquireAsync(cache.Lock(id, file.Hash), id, options, cancellationToken);
            if (!IsThere(blob, file))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
                await FetchAsync(new Part(id, commit, file, blob + ".incomplete", received), cancellationToken);
                File.Move(blob + ".incomplete", blob, overwrite: true);
            }
        }

        received(file.Size, 0);
    }

    /// <summary>A content is only renamed to its name when it is verified, so a length that is wrong means later damage.</summary>
    private static bool IsThere(string blob, HubFile file) => File.Exists(blob) && new FileInfo(blob).Length == file.Size;

    /// <summary>Receives until all is there and right. A wrong content is fetched once more: its beginning may be of another day.</summary>
    private async Task FetchAsync(Part part, CancellationToken cancellationToken)
    {
        for (var again = false; ; again = true)
        {
            await ReceiveAllAsync(part, cancellationToken);
            string hash;
            await using (var content = File.OpenRead(part.Path))
            {
                hash = await part.File.HashAsync(content, cancellationToken);
            }

            if (hash == part.File.Hash)
            {
                return;
            }

            File.Delete(part.Path);
            if (again)
            {
                throw HubErrors.Damaged(part.Id, part.File, $"has the hash {hash} instead of {part.File.Hash}");
            }
        }
    }

    private async Task ReceiveAllAsync(Part part, CancellationToken cancellationToken)
    {
        var (faults, mark) = (0, part.Length);
        while (true)
        {
            try
            {
                await ReceiveAsync(part, cancellationToken);
                if (part.Length == part.File.Size)
                {
                    return;
                }

                throw new EndOfStreamException("the connection was closed");
            }
            catch (BodyTooLongException)
            {
                File.Delete(part.Path);
                throw HubErrors.Damaged(part.Id, part.File, FormattableString.Invariant($"is longer than the {part.File.Size} bytes that the hub's list says"));
            }
            catch (Exception fault) when (fault is IOException { HResult: not DiskFull } or HttpRequestException or TimeoutException)
            {
                (faults, mark) = part.Length >= mark + Headway ? (1, part.Length) : (faults + 1, mark);
                if (faults > options.Limits.MaxRetries)
                {
                    throw HubErrors.BrokenOff(part.Id, part.File, part.Length, fault);
                }

                await Task.Delay(options.Limits.RetryDelay * Math.Pow(2, faults - 1), options.Time, cancellationToken);
            }
        }
    }

    /// <summary>ENOSPC of Linux: no retry makes room.</summary>
    private const int DiskFull = 28;

    private async Task ReceiveAsync(Part part, CancellationToken cancellationToken)
    {
        if (part.Length > part.File.Size)
        {
            File.Delete(part.Path);
        }

        var offset = part.Length;
        if (offset == part.File.Size && offset > 0)
        {
            return;
        }

        using var response = await client.OpenAsync(part.Id, part.Commit, part.File, offset, cancellationToken);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable
            || (response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From != offset))
        {
            File.Delete(part.Path);
            throw new IOException("the server does not go on where it broke off");
        }

        var start = response.StatusCode == HttpStatusCode.PartialContent ? offset : 0;
        if (response.Content.Headers.ContentLength is { } length && start + length > part.File.Size)
        {
            throw new BodyTooLongException();
        }

        await using var target = new FileStream(part.Path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        target.SetLength(start);
        target.Position = start;
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await BodyReader.CopyAsync(
            body, target, part.File.Size - start, options, cancellationToken, read => part.Received(target.Position, read));

        // The rename that follows must not become durable before the content.
        target.Flush(flushToDisk: true);
    }

    /// <summary>The part of a file that is here.</summary>
    private sealed record Part(ModelId Id, string Commit, HubFile File, string Path, Action<long, long> Received)
    {
        public long Length => System.IO.File.Exists(Path) ? new FileInfo(Path).Length : 0;
    }
}
