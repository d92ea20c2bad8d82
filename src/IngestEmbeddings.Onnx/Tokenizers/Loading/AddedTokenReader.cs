using IngestEmbeddings.Onnx.Tokenizers.Models;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Reads <c>added_tokens</c>.</summary>
internal static class AddedTokenReader
{
    public static IReadOnlyList<AddedToken> Read(JsonPart root, TokenModel model)
    {
        var tokens = new List<AddedToken>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in root.Has("added_tokens") ? root.Parts("added_tokens") : [])
        {
            var token = Read(part);
            if (!seen.Add(token.Content))
            {
                throw part.Fault("content", $"'{token.Content}' is there twice");
            }

            if (model.TryGetId(token.Content, out var id) && id != token.Id)
            {
                throw part.Fault("id", $"is {token.Id} for '{token.Content}', which has the id {id} in the model's vocabulary");
            }

            tokens.Add(token);
        }

        return tokens;
    }

    private static AddedToken Read(JsonPart part)
    {
        var special = part.Bool("special", false);
        var token = new AddedToken(
            part.String("content"),
            part.Int("id"),
            part.Bool("single_word", false),
            part.Bool("lstrip", false),
            part.Bool("rstrip", false),
            part.Bool("normalized", !special));
        part.Close();
        return token.Id >= 0 ? token : throw part.Fault("id", $"is negative ({token.Id})");
    }
}
