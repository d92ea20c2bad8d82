using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Http.Hub;

/// <summary>Fetches models from a hub into the cache. Safe for several threads and processes.</summary>
/// <param name="options">Which hub, and where to.</param>
public sealed class ModelPuller(HubOptions options)
{
    /// <summary>Fetches what of a model is not here yet.</summary>
    /// <param name="id">The model.</param>
    /// <param name="precision">Which graph: <c>auto</c>, <c>fp32</c>, <c>fp16</c> or <c>int8</c>.</param>
    /// <param name="cancellationToken">A token to cancel the operation; what was received is kept for the next time.</param>
    /// <exception cref="IngestException">The model cannot be had; the message says why and what else can be done.</exception>
    public async Task<PulledModel> PullAsync(ModelId id, string precision, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (options.Offline)
        {
            throw HubErrors.Offline(id);
        }

        using var client = new HubClient(options);
        var listing = await client.ListAsync(id, cancellationToken);
        var files = ModelFiles.Choose(id, listing.Files, precision);
        if (files.FirstOrDefault(file => !file.IsSound || file.Size > options.Limits.MaxFileBytes) is { } odd)
        {
            throw HubErrors.Strange(id, options, $"gives no usable name, size and hash of '{odd.Path}'");
        }

        var cache = new HubCache(options.CacheFolder);
        var meter = new PullMeter(id, files.Sum(static file => file.Size), options);
        try
        {
            ThrowIfFull(id, files, cache);
            await FetchAsync(new FileDownload(client, cache, options), id, listing.Commit, files, meter, cancellationToken);
            foreach (var file in files)
            {
                cache.Link(id, listing.Commit, file);
            }

            cache.WriteReference(id, listing.Commit);
            meter.Finish();
            return new PulledModel(cache.Snapshot(id, listing.Commit), listing.Commit, files.Count, meter.Total, meter.Fetched);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new IngestException(
                IngestError.Configuration, $"{id} cannot be kept in {options.CacheFolder}: {fault.Message} HF_HUB_CACHE names another folder.", fault);
        }
    }

    /// <summary>Small files first: what is missing or refused shows before the graph.</summary>
    private static async Task FetchAsync(
        FileDownload download, ModelId id, string commit, IReadOnlyList<HubFile> files, PullMeter meter, CancellationToken cancellationToken)
    {
        var done = 0L;
        foreach (var file in files.OrderBy(static file => file.Size))
        {
            await download.FetchAsync(id, commit, file, (received, now) => meter.Add(file.Path, done + received, now), cancellationToken);
            done += file.Size;
        }
    }

    private void ThrowIfFull(ModelId id, IReadOnlyList<HubFile> files, HubCache cache)
    {
        Directory.CreateDirectory(options.CacheFolder);
        var missing = files.Where(file => !File.Exists(cache.Blob(id, file.Hash))).Sum(static file => file.Size);
        var free = new DriveInfo(options.CacheFolder).AvailableFreeSpace;
        if (missing > free)
        {
            throw new IngestException(
                IngestError.Configuration,
                FormattableString.Invariant($"{id} needs {missing / 1e6:0.0} MB, and {options.CacheFolder} has {free / 1e6:0.0} MB free. HF_HUB_CACHE names another folder."));
        }
    }
}
