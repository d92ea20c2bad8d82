using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Files;

namespace IngestEmbeddings.Onnx.Folders;

/// <summary>Finds the folder of a model that is on this machine. Nothing is fetched.</summary>
public static class ModelFinder
{
    // A reference holds one hash.
    private const int MaxReferenceBytes = 1024;

    /// <summary>Finds a model.</summary>
    /// <param name="model">
    /// A folder, the name of the shipped model, or a Hugging Face id such as <c>intfloat/multilingual-e5-small</c>, also with
    /// <c>@revision</c>.
    /// </param>
    /// <param name="environment">Gives the value of an environment variable; null: this process's own.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="IngestException">There is none; the message says where was looked.</exception>
    public static string Find(string model, Func<string, string?>? environment = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        environment ??= Environment.GetEnvironmentVariable;
        if (TryFind(model, environment) is { } folder)
        {
            return folder;
        }

        if (model == ShippedModel.Name)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"The model {model}, which comes with the program, is not in {ShippedModel.Folder}. Install the program again.");
        }

        var looked = Places(model, environment).Prepend(Path.GetFullPath(model)).ToArray();
        throw new IngestException(
            IngestError.Configuration,
            $"No model '{model}' is on this machine. Looked in: {string.Join(", ", looked)}. Put its folder (config.json, "
            + $"modules.json and the folders that it names, tokenizer.json, onnx/model.onnx) into {looked[^1]}, or give --model the folder's path."
            + (looked.Length > 1 ? $" To fetch it: ingest-embeddings model pull {model}" : ""));
    }

    /// <summary>Finds a model as <see cref="Find"/> does; null when there is none.</summary>
    public static string? TryFind(string model, Func<string, string?> environment)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        ArgumentNullException.ThrowIfNull(environment);
        if (Directory.Exists(model))
        {
            return Path.GetFullPath(model);
        }

        if (model == ShippedModel.Name)
        {
            return Directory.Exists(ShippedModel.Folder) ? ShippedModel.Folder : null;
        }

        return ModelId.TryParse(model, out var id)
            ? Snapshot(Path.Combine(HubCache(environment), id.CacheName), id.Revision)
                ?? (Directory.Exists(OwnFolder(model, environment)) ? OwnFolder(model, environment) : null)
            : null;
    }

    /// <summary>The folder of Hugging Face's cache: <c>HF_HUB_CACHE</c>, else <c>hub</c> of <c>HF_HOME</c>, else in the user's cache.</summary>
    public static string HubCache(Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return NotEmpty(environment("HF_HUB_CACHE"))
            ?? (NotEmpty(environment("HF_HOME")) is { } home
                ? Path.Combine(home, "hub")
                : Path.Combine(UserCache(environment), "huggingface", "hub"));
    }

    /// <summary>The folder of models that were put in place by hand.</summary>
    public static string OwnCache(Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return Path.Combine(UserCache(environment), "ingest-embeddings");
    }

    /// <summary>The id of a folder in Hugging Face's cache (<c>models--org--name/snapshots/revision</c>); null for any other.</summary>
    internal static string? IdOf(string folder) =>
        new DirectoryInfo(folder).Parent is { Name: "snapshots", Parent.Name: var repository }
        && repository.StartsWith("models--", StringComparison.Ordinal)
            ? repository["models--".Length..].Replace("--", "/", StringComparison.Ordinal)
            : null;

    private static IEnumerable<string> Places(string model, Func<string, string?> environment) =>
        ModelId.TryParse(model, out var id)
            ? [Path.Combine(HubCache(environment), id.CacheName), OwnFolder(model, environment)]
            : [];

    private static string OwnFolder(string model, Func<string, string?> environment) => Path.Combine(OwnCache(environment), model);

    private static string UserCache(Func<string, string?> environment) =>
        NotEmpty(environment("XDG_CACHE_HOME"))
        ?? Path.Combine(
            NotEmpty(environment("HOME")) ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    /// <summary>The snapshot of a revision: the commit itself, the one that the reference names, or the only one there is.</summary>
    private static string? Snapshot(string repository, string revision)
    {
        var snapshots = Path.Combine(repository, "snapshots");
        if (!Directory.Exists(snapshots))
        {
            return null;
        }

        var reference = Path.Combine(repository, "refs", revision);
        if (File.Exists(reference))
        {
            var commit = System.Text.Encoding.UTF8.GetString(RegularFile.ReadAllBytes(reference, MaxReferenceBytes)).Trim();
            var named = Path.Combine(snapshots, commit);
            return commit.All(char.IsAsciiLetterOrDigit) && commit.Length > 0 && Directory.Exists(named) ? named : null;
        }

        if (revision != ModelId.DefaultRevision)
        {
            var commit = Path.Combine(snapshots, revision);
            return Directory.Exists(commit) ? commit : null;
        }

        return Directory.GetDirectories(snapshots) is [var only] ? only : null;
    }

    private static string? NotEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
