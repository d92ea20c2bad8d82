using System.Text.Json;

namespace IngestEmbeddings.Onnx.Folders;

/// <summary>The chain of modules that <c>modules.json</c> of sentence-transformers lists.</summary>
/// <param name="TransformerFolder">Where the configuration of the transformer is.</param>
/// <param name="PoolingFolder">Where the pooling's configuration is; null when there is no <c>modules.json</c>.</param>
/// <param name="Normalizes">True when vectors are scaled to length 1 at the end.</param>
/// <param name="NeedsReadyEmbedding">True when a dense layer follows the pooling.</param>
internal sealed record ModelModules(string TransformerFolder, string? PoolingFolder, bool Normalizes, bool NeedsReadyEmbedding)
{
    /// <summary>Reads the list. Without one, sentence-transformers takes the mean and does not normalise, and so does this.</summary>
    /// <exception cref="IngestException">The list names a module that is not known, or a folder outside the model's.</exception>
    public static ModelModules Read(string folder)
    {
        if (JsonFile.TryRead(folder, "modules.json", JsonValueKind.Array) is not { } list)
        {
            return new ModelModules(folder, null, Normalizes: false, NeedsReadyEmbedding: false);
        }

        var modules = new ModelModules(folder, null, Normalizes: false, NeedsReadyEmbedding: false);
        foreach (JsonElement? module in list.EnumerateArray())
        {
            var type = module.Text("type") ?? "";
            var path = Inside(folder, module.Text("path") ?? "");
            modules = type.Split('.')[^1] switch
            {
                "Transformer" => modules with { TransformerFolder = path },
                "Pooling" when modules.PoolingFolder is null => modules with { PoolingFolder = path },
                "Pooling" => throw new IngestException(
                    IngestError.Configuration, $"{Path.Combine(folder, "modules.json")} has two pooling modules, and it is not known which one is for what."),
                "Normalize" => modules with { Normalizes = true },
                "Dense" => modules with { NeedsReadyEmbedding = true },
                _ => throw new IngestException(
                    IngestError.Configuration, $"{Path.Combine(folder, "modules.json")} names the module '{type}', which is not known."),
            };
        }

        return modules;
    }

    private static string Inside(string folder, string path) =>
        !Path.IsPathRooted(path) && !path.Split('/', '\\').Contains("..")
            ? Path.TrimEndingDirectorySeparator(Path.Combine(folder, path))
            : throw new IngestException(
                IngestError.Configuration, $"{Path.Combine(folder, "modules.json")} names the folder '{path}' outside its own.");
}
