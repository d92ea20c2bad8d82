using IngestEmbeddings.Onnx.Tokenizers.Models;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Reads <c>model</c>.</summary>
internal static class ModelReader
{
    public static TokenModel Read(JsonPart part)
    {
        TokenModel model = part.Type switch
        {
            "WordPiece" => WordPieceModel.Read(part),
            _ => throw part.UnknownType("model"),
        };
        part.Close();
        return model;
    }
}
