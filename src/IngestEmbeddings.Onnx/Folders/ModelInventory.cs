namespace IngestEmbeddings.Onnx.Folders;

/// <summary>A model that is on this machine.</summary>
/// <param name="Name">What <c>--model</c> takes for it.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Graphs">The names of its graphs; none when it cannot be used yet.</param>
/// <param name="Size">The bytes of its files.</param>
public sealed record LocalModel(string Name, string Folder, IReadOnlyList<string> Graphs, long Size);

/// <summary>Lists the models on this machine that have a name.</summary>
public static class ModelInventory
{
    private const string CachePrefix = "models--";

    /// <summary>Lists the shipped model, those of Hugging Face's cache, and those put in place by hand.</summary>
    /// <param name="environment">Gives the value of an environment variable.</param>
    public static IReadOnlyList<LocalModel> List(Func<string, string?> environment)
    {
        var names = Folders(ModelFinder.HubCache(environment))
            .Select(static folder => Path.GetFileName(folder))
            .Where(static name => name.StartsWith(CachePrefix, StringComparison.Ordinal))
            .Select(static name => name[CachePrefix.Length..].Replace("--", "/", StringComparison.Ordinal))
            .Concat(Folders(ModelFinder.OwnCache(environment))
                .SelectMany(static organisation => Folders(organisation)
                    .Select(model => $"{Path.GetFileName(organisation)}/{Path.GetFileName(model)}")))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Prepend(ShippedModel.Name);
        return
        [
            .. names.Select(name => (name, folder: ModelFinder.TryFind(name, environment)))
                .Where(static model => model.folder is not null)
                .Select(static model => Describe(model.name, model.folder!)),
        ];
    }

    private static LocalModel Describe(string name, string folder) => new(
        name,
        folder,
        [.. ModelFolder.ListGraphs(folder).Select(static path => Path.GetFileName(path))],
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(SizeOf));

    /// <summary>The files of a snapshot are links, whose own length is that of a path.</summary>
    private static long SizeOf(FileInfo file) =>
        (file.ResolveLinkTarget(returnFinalTarget: true) ?? file) is FileInfo { Exists: true } content ? content.Length : 0;

    private static string[] Folders(string folder) => Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
}
