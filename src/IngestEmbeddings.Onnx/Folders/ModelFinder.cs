namespace IngestEmbeddings.Onnx.Folders;

/// <summary>Finds the folder of a model that is on this machine. Nothing is fetched.</summary>
public static class ModelFinder
{
    /// <summary>Finds a model.</summary>
    /// <param name="model">A folder, or a Hugging Face id such as <c>intfloat/multilingual-e5-small</c>.</param>
    /// <param name="environment">Gives the value of an environment variable; null: this process's own.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="IngestException">There is none; the message says where was looked.</exception>
    public static string Find(string model, Func<string, string?>? environment = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        if (Directory.Exists(model))
        {
            return Path.GetFullPath(model);
        }

        var looked = new List<string> { Path.GetFullPath(model) };
        if (IsId(model))
        {
            environment ??= Environment.GetEnvironmentVariable;
            var repository = Path.Combine(HubCache(environment), "models--" + model.Replace("/", "--", StringComparison.Ordinal));
            var own = Path.Combine(UserCache(environment), "ingest-embeddings", model);
            if (Snapshot(repository) is { } snapshot)
            {
                return snapshot;
            }

            if (Directory.Exists(own))
            {
                return own;
            }

            looked.AddRange([repository, own]);
        }

        throw new IngestException(
            IngestError.Configuration,
            $"No model '{model}' is on this machine. Looked in: {string.Join(", ", looked)}. Put its folder (config.json, "
            + $"modules.json and the folders that it names, tokenizer.json, onnx/model.onnx) into {looked[^1]}, or give --model the folder's path.");
    }

    /// <summary>The id of a folder in Hugging Face's cache (<c>models--org--name/snapshots/revision</c>); null for any other.</summary>
    internal static string? IdOf(string folder) =>
        new DirectoryInfo(folder).Parent is { Name: "snapshots", Parent.Name: var repository }
        && repository.StartsWith("models--", StringComparison.Ordinal)
            ? repository["models--".Length..].Replace("--", "/", StringComparison.Ordinal)
            : null;

    private static bool IsId(string model)
    {
        var parts = model.Split('/');
        return parts.Length <= 2 && parts.All(static part =>
            part.Length > 0 && part[0] != '.' && part.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'));
    }

    private static string HubCache(Func<string, string?> environment) =>
        NotEmpty(environment("HF_HUB_CACHE"))
        ?? (NotEmpty(environment("HF_HOME")) is { } home
            ? Path.Combine(home, "hub")
            : Path.Combine(UserCache(environment), "huggingface", "hub"));

    private static string UserCache(Func<string, string?> environment) =>
        NotEmpty(environment("XDG_CACHE_HOME"))
        ?? Path.Combine(
            NotEmpty(environment("HOME")) ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    /// <summary>The snapshot that <c>refs/main</c> names, or the only one there is.</summary>
    private static string? Snapshot(string repository)
    {
        var snapshots = Path.Combine(repository, "snapshots");
        if (!Directory.Exists(snapshots))
        {
            return null;
        }

        var main = Path.Combine(repository, "refs", "main");
        if (File.Exists(main))
        {
            var revision = File.ReadAllText(main).Trim();
            var named = Path.Combine(snapshots, revision);
            return revision.All(char.IsAsciiLetterOrDigit) && revision.Length > 0 && Directory.Exists(named) ? named : null;
        }

        return Directory.GetDirectories(snapshots) is [var only] ? only : null;
    }

    private static string? NotEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
