using System.Text.Json;

namespace IngestEmbeddings.Onnx.Folders;

/// <summary>What sentence-transformers does with a text before the tokenizer sees it (<c>sentence_*_config.json</c>).</summary>
/// <param name="MaxTokens">The most tokens of a text (<c>max_seq_length</c>); null when the file does not say.</param>
/// <param name="LowerCases">Whether texts are lower-cased (<c>do_lower_case</c>).</param>
internal sealed record SentenceSettings(int? MaxTokens, bool LowerCases)
{
    /// <summary>Reads the file, which sentence-transformers once named after the architecture: <c>sentence_roberta_config.json</c>.</summary>
    /// <param name="transformerFolder">The folder of the transformer module.</param>
    /// <exception cref="IngestException">The file cannot be read, or has a setting that is not known.</exception>
    public static SentenceSettings Read(string transformerFolder)
    {
        var settings = new SentenceSettings(null, false);
        if (!Directory.Exists(transformerFolder))
        {
            return settings;
        }

        foreach (var file in Directory.EnumerateFiles(transformerFolder, "sentence_*_config.json").Order(StringComparer.Ordinal))
        {
            JsonElement? config = JsonFile.TryRead(transformerFolder, Path.GetFileName(file));
            settings = new SentenceSettings(
                settings.MaxTokens ?? config.Number("max_seq_length"),
                settings.LowerCases || config.Flag("do_lower_case") == true);
        }

        return settings;
    }
}
