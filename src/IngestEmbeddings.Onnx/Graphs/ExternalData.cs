namespace IngestEmbeddings.Onnx.Graphs;

/// <summary>
/// Weights that a graph keeps in other files. A graph is foreign data: it may name files of its own folder and nothing else,
/// or loading a model could read any file of the machine.
/// </summary>
internal static class ExternalData
{
    /// <summary>Checks every reference of a graph.</summary>
    /// <param name="model">The graph.</param>
    /// <param name="graphPath">Where the graph is.</param>
    /// <returns>The full paths of the files that it names.</returns>
    /// <exception cref="IngestException">A reference leaves the folder, or its file is missing or too short.</exception>
    public static IReadOnlyList<string> Check(ModelOutline model, string graphPath)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(graphPath))!;
        var files = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var tensor in Tensors(model))
        {
            if (tensor.DataLocation == OnnxTypes.External || tensor.ExternalData.Count > 0)
            {
                files.Add(Check(tensor, folder, graphPath));
            }
        }

        return [.. files];
    }

    private static string Check(TensorOutline tensor, string folder, string graphPath)
    {
        string? Value(string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

        var location = Value("location");
        if (string.IsNullOrEmpty(location) || !IsPlainRelative(location))
        {
            throw Refused(graphPath, $"keeps weights in '{location}'", "only files of the graph's own folder are read");
        }

        var path = Path.GetFullPath(Path.Combine(folder, location));
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw Refused(graphPath, $"keeps weights in '{location}'", $"{path} is missing; put it next to the graph");
        }

        var target = FinalPath(path);
        if (!AllowedRoots(folder).Any(root => IsInside(target, root)))
        {
            throw Refused(graphPath, $"keeps weights in '{location}'", "that is a link to a file outside the model's folder");
        }

        var offset = Number(Value("offset"));
        var length = Number(Value("length"));
        var size = new FileInfo(target).Length;
        return offset <= size && length <= size - offset
            ? path
            : throw Refused(graphPath, $"needs bytes {offset} to {offset + length} of '{location}'", $"{path} has only {size}: it is cut off");

        long Number(string? value) =>
            value is null ? 0
            : long.TryParse(value, out var number) && number >= 0 ? number
            : throw Refused(graphPath, $"names the place '{value}' in '{location}'", "it is not a graph that ONNX tools write");
    }

    private static bool IsPlainRelative(string location) =>
        !Path.IsPathRooted(location)
        && location.IndexOfAny(['\\', ':', '\0']) < 0
        && !location.Split('/').Contains("..");

    /// <summary>
    /// The folders that the data may lie in once links are followed: the graph's own, and for a snapshot in Hugging Face's
    /// cache (<c>models--org--name/snapshots/revision</c>) the model's blobs, which all its files link to.
    /// </summary>
    private static IEnumerable<string> AllowedRoots(string folder)
    {
        yield return RealFolder(folder);
        for (var place = new DirectoryInfo(folder); place.Parent is { } parent; place = parent)
        {
            if (parent.Name == "snapshots" && parent.Parent is { } repository
                && repository.Name.StartsWith("models--", StringComparison.Ordinal))
            {
                yield return Path.Combine(RealFolder(repository.FullName), "blobs");
                yield break;
            }
        }
    }

    /// <summary>The path with every link in it followed, those of its folders included.</summary>
    private static string FinalPath(string path)
    {
        var file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        return Path.Combine(RealFolder(Path.GetDirectoryName(file)!), Path.GetFileName(file));
    }

    private static string RealFolder(string folder)
    {
        var info = new DirectoryInfo(folder);
        if (info.Parent is not { } parent)
        {
            return info.FullName;
        }

        var real = Path.Combine(RealFolder(parent.FullName), info.Name);
        return Directory.ResolveLinkTarget(real, returnFinalTarget: true) is { } target ? RealFolder(target.FullName) : real;
    }

    private static bool IsInside(string path, string root) =>
        path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static IngestException Refused(string graphPath, string what, string why) =>
        new(IngestError.Configuration, $"{graphPath} {what}, and {why}.");

    private static IEnumerable<TensorOutline> Tensors(ModelOutline model) =>
        new[] { model.Graph }
            .Concat(model.TrainingInfo.SelectMany(info => new[] { info.Initialization, info.Algorithm }))
            .Where(graph => graph is not null)
            .SelectMany(Tensors)
            .Concat(model.Functions.SelectMany(function =>
                function.Node.SelectMany(node => node.Attribute).Concat(function.AttributeProto).SelectMany(Tensors)));

    private static IEnumerable<TensorOutline> Tensors(GraphOutline graph) =>
        graph.Initializer
            .Concat(graph.SparseInitializer.SelectMany(Tensors))
            .Concat(graph.Node.SelectMany(node => node.Attribute).SelectMany(Tensors));

    private static IEnumerable<TensorOutline> Tensors(AttributeOutline attribute) =>
        attribute.Tensors
            .Concat(attribute.T is { } tensor ? [tensor] : [])
            .Concat(attribute.Graphs.Concat(attribute.G is { } graph ? [graph] : []).SelectMany(Tensors))
            .Concat(attribute.SparseTensors.Concat(attribute.SparseTensor is { } sparse ? [sparse] : []).SelectMany(Tensors));

    private static IEnumerable<TensorOutline> Tensors(SparseTensorOutline sparse) =>
        new[] { sparse.Values, sparse.Indices }.Where(tensor => tensor is not null);
}
