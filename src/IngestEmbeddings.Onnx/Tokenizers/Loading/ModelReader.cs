using System.Text.Json;
using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Models;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Reads <c>model</c>.</summary>
internal static class ModelReader
{
    public static TokenModel Read(JsonPart part)
    {
        TokenModel model = KindOf(part) switch
        {
            "WordPiece" => WordPieceModel.Read(part),
            "Unigram" => UnigramModel.Read(part),
            "BPE" => BpeReader.Read(part),
            "WordLevel" => WordLevelModel.Read(part),
            _ => throw part.UnknownType("model"),
        };
        part.Close();
        return model;
    }

    // Files of before 2021 do not say the type; their members do.
    private static string KindOf(JsonPart part) => part.OptionalString("type")
        ?? (part.Has("merges") ? "BPE"
        : part.Raw("vocab") is { ValueKind: JsonValueKind.Array } ? "Unigram"
        : part.Has("continuing_subword_prefix") ? "WordPiece"
        : part.Type);
}
