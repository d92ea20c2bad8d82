using System.Text.Json;

namespace IngestEmbeddings.Onnx.Folders;

/// <summary>What sentence-transformers does with a text before the tokenizer sees it (<c>sentence_*_config.json</c>).</summary>
/// <param name="MaxTokens">The most tokens of a text (<c>max_seq_length</c>); null when the file does not say.</param>
/// <param name="LowerCases">Whether texts are lower-cased (<c>do_lower_case</c>).</param>
/// <param name="PadsLeft">Whether the tokenizer is told to pad on the left (<c>tokenizer_args</c>).</param>
internal sealed record SentenceSettings(int? MaxTokens, bool LowerCases, bool PadsLeft)
{
    // What the tokenizer may be told without another effect on the ids.
    private static readonly string[] KnownArguments = ["padding_side", "trust_remote_code", "use_fast", "model_max_length", "revision", "local_files_only"];

    /// <summary>Reads the file, which sentence-transformers once named after the architecture: <c>sentence_roberta_config.json</c>.</summary>
    /// <param name="transformerFolder">The folder of the transformer module.</param>
    /// <exception cref="IngestException">The file cannot be read, or has a setting that is not known.</exception>
    public static SentenceSettings Read(string transformerFolder)
    {
        var settings = new SentenceSettings(null, false, false);
        if (!Directory.Exists(transformerFolder))
        {
            return settings;
        }

        foreach (var file in Directory.EnumerateFiles(transformerFolder, "sentence_*_config.json").Order(StringComparer.Ordinal))
        {
            JsonElement? config = JsonFile.TryRead(transformerFolder, Path.GetFileName(file));
            settings = new SentenceSettings(
                settings.MaxTokens ?? config.Number("max_seq_length"),
                settings.LowerCases || config.Flag("do_lower_case") == true,
                settings.PadsLeft || ReadArguments(file, config.Member("tokenizer_args")).Text("padding_side") == "left");
        }

        return settings;
    }

    private static JsonElement? ReadArguments(string file, JsonElement? arguments)
    {
        if (arguments is { ValueKind: JsonValueKind.Object } members)
        {
            foreach (var member in members.EnumerateObject().Where(static member => !KnownArguments.Contains(member.Name)))
            {
                throw new IngestException(
                    IngestError.Configuration, $"{file}: tokenizer_args.{member.Name} is not known to this version, and leaving it out might change the tokens.");
            }
        }

        return arguments;
    }
}
