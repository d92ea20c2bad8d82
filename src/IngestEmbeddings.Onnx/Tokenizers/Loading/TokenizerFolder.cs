using System.Text.Json;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Finds and reads the tokenizer files of a model folder.</summary>
internal static class TokenizerFolder
{
    private const string TokenizerFile = "tokenizer.json";
    private const string ConfigFile = "tokenizer_config.json";
    private const string SpecialTokensFile = "special_tokens_map.json";

    public static TokenizerParts Read(string folder)
    {
        using var config = Open(folder, ConfigFile);
        using var specialTokens = Open(folder, SpecialTokensFile);
        var settings = new TokenizerSettings(
            config is null ? null : Root(folder, ConfigFile, config),
            specialTokens is null ? null : Root(folder, SpecialTokensFile, specialTokens));

        using var tokenizer = Open(folder, TokenizerFile);
        if (tokenizer is not null)
        {
            return TokenizerJson.Read(Root(folder, TokenizerFile, tokenizer), settings);
        }

        throw new IngestException(
            IngestError.Configuration,
            $"{folder} has no tokenizer: expected {TokenizerFile}. Copy the tokenizer's files of the model there.");
    }

    private static JsonPart Root(string folder, string name, JsonDocument document) =>
        new(Path.Combine(folder, name), "", document.RootElement);

    private static JsonDocument? Open(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException fault)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"{path} is not JSON, or is cut off (line {fault.LineNumber + 1}). Fetch the file again.",
                fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new IngestException(IngestError.Configuration, $"{path} cannot be read: {fault.Message}", fault);
        }
    }
}
