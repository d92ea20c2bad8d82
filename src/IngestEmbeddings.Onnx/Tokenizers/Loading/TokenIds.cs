using IngestEmbeddings.Onnx.Tokenizers.Models;
using IngestEmbeddings.Onnx.Tokenizers.Pipeline;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>The ids of all tokens: the added ones and the model's.</summary>
internal sealed class TokenIds(TokenModel model, IReadOnlyList<AddedToken> added)
{
    private readonly Dictionary<string, int> _added = added.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);

    public bool TryGet(string token, out int id) => _added.TryGetValue(token, out id) || model.TryGetId(token, out id);
}
