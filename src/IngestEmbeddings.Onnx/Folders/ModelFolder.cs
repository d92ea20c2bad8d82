using System.Text.Json;

namespace IngestEmbeddings.Onnx.Folders;

/// <summary>
/// A model's folder as sentence-transformers and Hugging Face lay it out, as far as it was understood. What is not
/// understood and would change the vectors is an error.
/// </summary>
public sealed record ModelFolder
{
    private static readonly string[] TokenizerFileNames =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "sentencepiece.bpe.model", "tokenizer.model",
        "spiece.model", "vocab.txt", "vocab.json", "merges.txt",
    ];

    /// <summary>The folder.</summary>
    public required string Path { get; init; }

    /// <summary>The architecture that <c>config.json</c> names, such as <c>bert</c>; empty when it names none.</summary>
    public required string Kind { get; init; }

    /// <summary>How tokens become one vector.</summary>
    public required Pooling Pooling { get; init; }

    /// <summary>True when the pooling was stated; false when it is the default of a folder without <c>modules.json</c>.</summary>
    public required bool PoolingStated { get; init; }

    /// <summary>True when the model has a layer after the pooling that only a graph with <c>sentence_embedding</c> contains.</summary>
    public bool NeedsReadyEmbedding { get; init; }

    /// <summary>False when the tokens of a prompt do not take part in the pooling; then no prefix can be used. Default true.</summary>
    public bool IncludesPrompt { get; init; } = true;

    /// <summary>True when the model's own library pads on the left, as a graph with its own pooling may expect.</summary>
    public bool PadsLeft { get; init; }

    /// <summary>True when sentence-transformers lower-cases each text (<c>do_lower_case</c>).</summary>
    public bool LowerCases { get; init; }

    /// <summary>True when vectors are scaled to length 1.</summary>
    public required bool Normalized { get; init; }

    /// <summary>The maximum number of tokens; null when nothing says.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The model's own prompts by their names, such as <c>query</c> and <c>passage</c>.</summary>
    public required IReadOnlyDictionary<string, string> Prompts { get; init; }

    /// <summary>What the model wants before each text that is stored, such as <c>passage: </c>; empty for nothing.</summary>
    public required string DocumentPrompt { get; init; }

    /// <summary>What the model wants before each text that asks, such as <c>query: </c>; empty for nothing.</summary>
    public required string QueryPrompt { get; init; }

    /// <summary>The files with graphs, the plain export first; not read yet.</summary>
    public required IReadOnlyList<string> GraphPaths { get; init; }

    /// <summary>The files that the tokenizer is made from.</summary>
    public required IReadOnlyList<string> TokenizerFiles { get; init; }

    /// <summary>Understands a folder.</summary>
    /// <exception cref="IngestException">A file is missing or asks for something that is not known.</exception>
    public static ModelFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        var modules = ModelModules.Read(path);
        var config = JsonFile.TryRead(path, "config.json");
        var sentence = SentenceSettings.Read(modules.TransformerFolder);
        var prompts = ReadPrompts(path, out var standardPrompt);
        var prose = prompts.Count > 0 ? null : ProsePrompts.Of(config.Text("_name_or_path"), ModelFinder.IdOf(path), System.IO.Path.GetFileName(path));
        var (pooling, includesPrompt) = modules.PoolingFolder is { } folder ? PoolingFile.Read(folder) : (Pooling.Mean, true);
        if (!includesPrompt && prompts.Values.FirstOrDefault(static prompt => prompt.Length > 0) is { } prompt)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"{modules.PoolingFolder} leaves the prompt ('{prompt}') out of the pooling (include_prompt: false), which is not known.");
        }

        return new ModelFolder
        {
            Path = path,
            Kind = config.Text("model_type") ?? "",
            Pooling = pooling,
            IncludesPrompt = includesPrompt,
            PadsLeft = sentence.PadsLeft || JsonFile.TryRead(path, "tokenizer_config.json").Text("padding_side") == "left",
            PoolingStated = modules.PoolingFolder is not null,
            NeedsReadyEmbedding = modules.NeedsReadyEmbedding,
            Normalized = modules.Normalizes,
            MaxTokens = ReadMaxTokens(path, sentence.MaxTokens, config),
            LowerCases = sentence.LowerCases && modules.PoolingFolder is not null,
            Prompts = prompts,
            DocumentPrompt = PromptOf(["passage", "document", "corpus", standardPrompt], prompts) ?? prose?.Document ?? "",
            QueryPrompt = PromptOf(["query", "search_query", standardPrompt], prompts) ?? prose?.Query ?? "",
            GraphPaths = FindGraphs(path),
            TokenizerFiles = [.. TokenizerFileNames.Select(name => System.IO.Path.Combine(path, name)).Where(File.Exists)],
        };
    }

    /// <summary>The smallest of the stated limits; a graph fails on more positions than it was made for.</summary>
    private static int? ReadMaxTokens(string path, int? stated, JsonElement? config)
    {
        var positions = config.Number("max_position_embeddings");
        if (config.Text("model_type") is "roberta" or "xlm-roberta" or "camembert" or "mpnet" or "longformer" or "bart" or "mbart"
            && positions is not null)
        {
            // RoBERTa and its kin number positions from the padding id + 1, so two of them are never used.
            positions -= config.Number("pad_token_id") + 1 ?? 2;
        }

        var tokenizer = JsonFile.TryRead(path, "tokenizer_config.json").Number("model_max_length");
        return new[] { stated ?? tokenizer, positions }.Where(static limit => limit > 0).Min();
    }

    private static Dictionary<string, string> ReadPrompts(string path, out string? standard)
    {
        var file = JsonFile.TryRead(path, "config_sentence_transformers.json");
        standard = file.Text("default_prompt_name");
        return file.Member("prompts") is { ValueKind: JsonValueKind.Object } prompts
            ? prompts.EnumerateObject()
                .Where(static prompt => prompt.Value.ValueKind == JsonValueKind.String)
                .ToDictionary(static prompt => prompt.Name, static prompt => prompt.Value.GetString()!, StringComparer.Ordinal)
            : [];
    }

    private static string? PromptOf(IReadOnlyList<string?> names, Dictionary<string, string> prompts) => names
        .Select(name => name is null ? null : prompts.GetValueOrDefault(name))
        .FirstOrDefault(static prompt => prompt is not null);

    /// <summary>The files of a folder that are named like graphs, the plain export first; none when there are none.</summary>
    public static IReadOnlyList<string> ListGraphs(string path) =>
    [
        .. new[] { System.IO.Path.Combine(path, "onnx"), path }
            .Where(Directory.Exists)
            .SelectMany(static folder => Directory.EnumerateFiles(folder, "model*.onnx"))
            .OrderBy(static file => System.IO.Path.GetFileName(file).Length)
            .ThenBy(static file => file, StringComparer.Ordinal),
    ];

    private static IReadOnlyList<string> FindGraphs(string path)
    {
        var graphs = ListGraphs(path);
        return graphs.Count > 0 ? graphs : throw new IngestException(
            IngestError.Configuration,
            $"{path} holds no ONNX graph: neither onnx/model*.onnx nor model.onnx. Export the model to ONNX, or use a folder that has one.");
    }
}
