using IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Reads <c>pre_tokenizer</c>; sequences, nested or not, come out flat.</summary>
internal static class PreTokenizerReader
{
    public static PreTokenizer[] Read(JsonPart? part)
    {
        var preTokenizers = new List<PreTokenizer>();
        if (part is not null)
        {
            Add(part, preTokenizers);
        }

        return [.. preTokenizers];
    }

    private static void Add(JsonPart part, List<PreTokenizer> preTokenizers)
    {
        if (part.Type == "Sequence")
        {
            foreach (var inner in part.Parts("pretokenizers"))
            {
                Add(inner, preTokenizers);
            }
        }
        else
        {
            preTokenizers.Add(Create(part));
        }

        part.Close();
    }

    private static PreTokenizer Create(JsonPart part) => part.Type switch
    {
        "BertPreTokenizer" => new BertPreTokenizer(),
        _ => throw part.UnknownType("pre-tokenizer"),
    };
}
