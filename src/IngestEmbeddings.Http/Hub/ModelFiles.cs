using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Http.Hub;

/// <summary>Chooses the files of a repository that a model folder needs: one graph with its data, the tokenizer, the settings.</summary>
internal static class ModelFiles
{
    private static readonly string[] Settings =
    [
        "config.json", "modules.json", "config_sentence_transformers.json", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json", "added_tokens.json", "sentencepiece.bpe.model", "tokenizer.model", "spiece.model", "vocab.txt",
        "vocab.json", "merges.txt", "README.md",
    ];

    /// <summary>Chooses the files.</summary>
    /// <param name="id">The model, for messages.</param>
    /// <param name="files">The files of the repository.</param>
    /// <param name="precision"><c>fp32</c>, <c>fp16</c>, <c>int8</c>, or <c>auto</c>: fp32, which an int8 graph can be made of.</param>
    /// <exception cref="IngestException">There is no graph of this precision; the message says how to get one.</exception>
    public static IReadOnlyList<HubFile> Choose(ModelId id, IReadOnlyList<HubFile> files, string precision)
    {
        var graphs = files.Where(static file => IsGraph(file.Path)).ToArray();
        var graph = graphs.Where(file => IsOfPrecision(NameOf(file.Path), precision)).MinBy(static file => (NameOf(file.Path).Length, file.Path.Length, file.Path));
        if (graph is null)
        {
            throw graphs.Length == 0 ? OnnxTwins.NoGraph(id) : new IngestException(
                IngestError.Configuration,
                $"{id} has no graph whose name says {precision}, only {string.Join(", ", graphs.Select(static file => file.Path))}. "
                + (precision == "int8" ? $"Make one from fp32: ingest-embeddings model quantize {id} --texts FILE" : "Choose another --precision."));
        }

        return [.. files.Where(file => IsSettings(file.Path) || IsPartOf(graph.Path, file.Path))];
    }

    private static string NameOf(string path) => Path.GetFileNameWithoutExtension(path);

    /// <summary>The places where the program looks for graphs.</summary>
    private static bool IsGraph(string path) =>
        path.EndsWith(".onnx", StringComparison.Ordinal) && (path.StartsWith("onnx/model", StringComparison.Ordinal) || path.StartsWith("model", StringComparison.Ordinal))
        && path.Count(static c => c == '/') <= 1;

    /// <summary>Exporters name graphs <c>model_fp16</c>, <c>model_int8</c>, <c>model_quantized</c>, <c>model_qint8_avx512_vnni</c>.</summary>
    private static bool IsOfPrecision(string name, string precision) => precision switch
    {
        "fp16" => name == "model_fp16",
        "int8" => name is "model_int8" or "model_quantized" || (name.StartsWith("model_qint8", StringComparison.Ordinal) && IsForThisProcessor(name)),
        _ => name == "model",
    };

    private static bool IsForThisProcessor(string name) =>
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64
            ? !name.Contains("avx", StringComparison.Ordinal)
            : !name.Contains("arm64", StringComparison.Ordinal);

    /// <summary>The graph itself, and the files next to it that hold its weights: <c>model.onnx_data</c>, <c>model.onnx.data</c>.</summary>
    private static bool IsPartOf(string graph, string path) =>
        path == graph || path.StartsWith(graph + "_data", StringComparison.Ordinal) || path.StartsWith(graph + ".data", StringComparison.Ordinal);

    /// <summary>Settings lie at the top, or in the folder of a module such as <c>1_Pooling</c>.</summary>
    private static bool IsSettings(string path)
    {
        var parts = path.Split('/');
        var name = parts[^1];
        var isModule = parts.Length == 2 && char.IsAsciiDigit(parts[0][0]) && parts[0].Contains('_');
        var isLimit = name.StartsWith("sentence_", StringComparison.Ordinal) && name.EndsWith("_config.json", StringComparison.Ordinal);
        return parts.Length == 1 ? Settings.Contains(name) || isLimit : isModule && (name == "config.json" || isLimit);
    }
}
