using System.Text.Json;
using IngestEmbeddings.Onnx.Files;

namespace IngestEmbeddings.Onnx.Tokenizers.Models;

/// <summary>Reads the <c>vocab</c> object of WordPiece and BPE models: token to id.</summary>
internal static class Vocabulary
{
    public static Dictionary<string, int> Read(JsonPart model)
    {
        var vocab = model.Raw("vocab") ?? throw model.Fault("vocab", "is missing");
        if (vocab.ValueKind != JsonValueKind.Object)
        {
            throw model.Fault("vocab", "should be an object of tokens and their ids");
        }

        var tokens = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in vocab.EnumerateObject())
        {
            var token = model.NameOf(entry);
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var id) || id < 0)
            {
                throw model.Fault("vocab." + token, $"has the id {entry.Value.GetRawText()}, which is not a whole number from 0 up");
            }

            if (!tokens.TryAdd(token, id))
            {
                throw model.Fault("vocab." + token, "is there twice");
            }
        }

        return tokens.Count > 0 ? tokens : throw model.Fault("vocab", "is empty");
    }
}
