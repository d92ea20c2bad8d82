using System.Text.Json;
using System.Text.Unicode;
using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Pipeline;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Finds and reads the tokenizer files of a model folder.</summary>
internal static class TokenizerFolder
{
    private const string TokenizerFile = "tokenizer.json";
    private const string ConfigFile = "tokenizer_config.json";
    private const string SpecialTokensFile = "special_tokens_map.json";
    private const string SentencePieceFileName = "sentencepiece.bpe.model";

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

        return SentencePieceReader.Read(FindSentencePiece(folder), settings);
    }

    private static string FindSentencePiece(string folder)
    {
        var usual = Path.Combine(folder, SentencePieceFileName);
        if (File.Exists(usual))
        {
            return usual;
        }

        var models = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.model") : [];
        return models.Length == 1 ? models[0] : throw new IngestException(
            IngestError.Configuration,
            $"{folder} has no tokenizer: expected {TokenizerFile}, or one SentencePiece model such as {SentencePieceFileName}. "
            + "Copy the tokenizer's files of the model there.");
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
            var bytes = File.ReadAllBytes(path);
            return Utf8.IsValid(bytes)
                ? JsonDocument.Parse(bytes)
                : throw new IngestException(IngestError.Configuration, $"{path} is not UTF-8: it is damaged. Fetch the file again.");
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
