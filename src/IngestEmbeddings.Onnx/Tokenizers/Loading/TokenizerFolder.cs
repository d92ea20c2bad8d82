using System.Text.Json;
using System.Text.Unicode;
using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Tokenizers.Pipeline;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Finds and reads the tokenizer files of a model folder.</summary>
internal static class TokenizerFolder
{
    private const string TokenizerFile = "tokenizer.json";
    private const string ConfigFile = "tokenizer_config.json";
    private const string SpecialTokensFile = "special_tokens_map.json";
    private const string SentencePieceFileName = "sentencepiece.bpe.model";
    private const string VocabularyFile = "vocab.txt";
    private const string ModulesFile = "modules.json";

    // The largest published one, of Gemma 3, has 33 MB.
    private const int MaxTokenizerBytes = 128 << 20;

    public static TokenizerParts Read(string folder)
    {
        using var config = Open(folder, ConfigFile);
        using var specialTokens = Open(folder, SpecialTokensFile);
        var settings = new TokenizerSettings(
            config is null ? null : Root(folder, ConfigFile, config),
            specialTokens is null ? null : Root(folder, SpecialTokensFile, specialTokens));

        try
        {
            return ReadParts(folder, settings) with { Preparation = ReadPreparation(folder) };
        }
        catch (TokenizerException fault)
        {
            // The spellings of added tokens are normalized as texts are.
            throw new IngestException(IngestError.Configuration, $"{folder} has a tokenizer that does not read its own added tokens: {fault.Message}.", fault);
        }
    }

    private static TokenizerParts ReadParts(string folder, TokenizerSettings settings)
    {
        using var tokenizer = Open(folder, TokenizerFile, MaxTokenizerBytes);
        if (tokenizer is not null)
        {
            return TokenizerJson.Read(Root(folder, TokenizerFile, tokenizer), settings);
        }

        settings.RequireKnown();
        var vocabulary = Path.Combine(folder, VocabularyFile);
        return File.Exists(vocabulary)
            ? BertVocabularyReader.Read(vocabulary, settings)
            : SentencePieceReader.Read(FindSentencePiece(folder), settings);
    }

    // A folder with modules.json is one of sentence-transformers, which strips each text.
    private static TextPreparation ReadPreparation(string folder) => File.Exists(Path.Combine(folder, ModulesFile))
        ? new TextPreparation(Strips: true, SentenceSettings.Read(ModelModules.Read(folder).TransformerFolder).LowerCases)
        : TextPreparation.None;

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
            $"{folder} has no tokenizer: expected {TokenizerFile}, {VocabularyFile}, or one SentencePiece model such as {SentencePieceFileName}. "
            + "Copy the tokenizer's files of the model there.");
    }

    private static JsonPart Root(string folder, string name, JsonDocument document) =>
        new(Path.Combine(folder, name), "", document.RootElement);

    private static JsonDocument? Open(string folder, string name, int maxBytes = JsonFile.MaxBytes)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var bytes = RegularFile.ReadAllBytes(path, maxBytes);
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
    }
}
