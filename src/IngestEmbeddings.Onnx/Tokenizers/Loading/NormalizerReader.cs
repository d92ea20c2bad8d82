using IngestEmbeddings.Onnx.Tokenizers.Normalizers;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Reads <c>normalizer</c>; sequences, nested or not, come out flat.</summary>
internal static class NormalizerReader
{
    public static Normalizer[] Read(JsonPart? part, TokenizerSettings settings)
    {
        var normalizers = new List<Normalizer>();
        if (part is not null)
        {
            Add(part, normalizers);
        }

        return [.. normalizers];
    }

    private static void Add(JsonPart part, List<Normalizer> normalizers)
    {
        if (part.Type == "Sequence")
        {
            foreach (var inner in part.Parts("normalizers"))
            {
                Add(inner, normalizers);
            }
        }
        else
        {
            normalizers.Add(Create(part));
        }

        part.Close();
    }

    private static Normalizer Create(JsonPart part) => part.Type switch
    {
        "BertNormalizer" => BertNormalizer.Read(part),
        "Lowercase" => new LowerCase(),
        _ => throw part.UnknownType("normalizer"),
    };
}
