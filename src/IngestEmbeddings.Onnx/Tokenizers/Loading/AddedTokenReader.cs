using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Models;
using IngestEmbeddings.Onnx.Tokenizers.Pipeline;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Reads <c>added_tokens</c>, and those that only <c>tokenizer_config.json</c> has (<c>added_tokens_decoder</c>).</summary>
internal static class AddedTokenReader
{
    public static IReadOnlyList<AddedToken> Read(JsonPart root, TokenizerSettings settings, TokenModel model)
    {
        var tokens = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        foreach (var part in root.Has("added_tokens") ? root.Parts("added_tokens") : [])
        {
            var token = Read(part, part.Int("id"));
            part.Close();
            CheckModel(part, token, model);
            if (!tokens.TryAdd(token.Content, token))
            {
                throw part.Fault("content", $"'{token.Content}' is there twice");
            }
        }

        AddFrom(settings, tokens, model);
        return [.. tokens.Values];
    }

    /// <summary>Adds those of <c>tokenizer_config.json</c> to tokens that are known.</summary>
    public static IReadOnlyList<AddedToken> AddConfigured(IEnumerable<AddedToken> known, TokenizerSettings settings, TokenModel model)
    {
        var tokens = known.ToDictionary(token => token.Content, StringComparer.Ordinal);
        AddFrom(settings, tokens, model);
        return [.. tokens.Values];
    }

    private static void AddFrom(TokenizerSettings settings, Dictionary<string, AddedToken> tokens, TokenModel model)
    {
        if (settings.Config?.OptionalPart("added_tokens_decoder") is { } decoder)
        {
            AddFrom(decoder, tokens, model);
        }
    }

    // "0": {"content": "<s>", …}
    private static void AddFrom(JsonPart decoder, Dictionary<string, AddedToken> tokens, TokenModel model)
    {
        foreach (var name in decoder.Members)
        {
            var part = decoder.Part(name);
            var token = Read(part, int.TryParse(name, out var id) ? id : throw decoder.Fault(name, "is not an id"));
            CheckModel(part, token, model);
            if (!tokens.TryAdd(token.Content, token) && tokens[token.Content].Id != token.Id)
            {
                throw part.Fault($"gives '{token.Content}' the id {token.Id}, and the tokenizer's own file {tokens[token.Content].Id}");
            }
        }
    }

    private static void CheckModel(JsonPart part, AddedToken token, TokenModel model)
    {
        if (model.TryGetId(token.Content, out var id) && id != token.Id)
        {
            throw part.Fault("id", $"is {token.Id} for '{token.Content}', which has the id {id} in the model's vocabulary");
        }
    }

    private static AddedToken Read(JsonPart part, int id)
    {
        var special = part.Bool("special", false);
        var token = new AddedToken(
            part.String("content"),
            id,
            part.Bool("single_word", false),
            part.Bool("lstrip", false),
            part.Bool("rstrip", false),
            part.Bool("normalized", !special));
        return id >= 0 ? token : throw part.Fault("id", $"is negative ({id})");
    }
}
