using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Http.Hub;

/// <summary>
/// The cache on this machine, in the layout of Hugging Face's own, so that other programs find what this one fetched:
/// https://huggingface.co/docs/hub/local-cache
/// </summary>
/// <param name="root">The folder of the cache.</param>
internal sealed class HubCache(string root)
{
    /// <summary>The file of a content, which is named by its hash.</summary>
    public string Blob(ModelId id, string hash) => Path.Combine(root, id.CacheName, "blobs", hash);

    /// <summary>The file that a process holds while it fetches a content; Python's library takes the same one.</summary>
    public string Lock(ModelId id, string hash) => Path.Combine(root, ".locks", id.CacheName, hash + ".lock");

    /// <summary>The folder of a commit.</summary>
    public string Snapshot(ModelId id, string commit) => Path.Combine(root, id.CacheName, "snapshots", commit);

    /// <summary>Puts a content into the folder of a commit: a link, or a copy where the file system has no links.</summary>
    public void Link(ModelId id, string commit, HubFile file)
    {
        var blob = Blob(id, file.Hash);
        var path = Path.Combine(Snapshot(id, commit), Path.Combine(file.Path.Split('/')));
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);

        // Made next to its place and renamed: a reader meets the old file or the new one.
        var draft = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            File.CreateSymbolicLink(draft, Path.GetRelativePath(folder, blob));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            File.Copy(blob, draft);
        }

        File.Move(draft, path, overwrite: true);
    }

    /// <summary>Notes which commit a revision stands for. Written last: what it names is complete.</summary>
    public void WriteReference(ModelId id, string commit)
    {
        if (id.Revision == commit)
        {
            return;
        }

        var path = Path.Combine(root, id.CacheName, "refs", Path.Combine(id.Revision.Split('/')));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = $"{path}.{Path.GetRandomFileName()}";
        File.WriteAllText(draft, commit);
        File.Move(draft, path, overwrite: true);
    }
}
