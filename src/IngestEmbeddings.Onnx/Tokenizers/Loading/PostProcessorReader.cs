using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Pipeline;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Reads <c>post_processor</c>. For one text, whatever its kind, it comes to ids before and after the text's own.</summary>
internal static class PostProcessorReader
{
    public static SpecialTokenFrame Read(JsonPart? part, TokenIds ids)
    {
        if (part is null)
        {
            return SpecialTokenFrame.None;
        }

        var frame = part.Type switch
        {
            "TemplateProcessing" => ReadTemplate(part, ids),
            "BertProcessing" or "RobertaProcessing" => new SpecialTokenFrame([ReadPair(part, "cls", ids)], [ReadPair(part, "sep", ids)]),
            // Moves offsets, which are not kept here.
            "ByteLevel" => SpecialTokenFrame.None,
            "Sequence" => ReadSequence(part, ids),
            _ => throw part.UnknownType("post-processor"),
        };
        part.Ignore("trim_offsets", "add_prefix_space", "use_regex");
        part.Close();
        return frame;
    }

    private static SpecialTokenFrame ReadSequence(JsonPart part, TokenIds ids) => part.Parts("processors")
        .Select(processor => Read(processor, ids))
        .Aggregate(SpecialTokenFrame.None, (inner, outer) => new SpecialTokenFrame(
            [.. outer.Before, .. inner.Before],
            [.. inner.After, .. outer.After]));

    // "cls": ["<s>", 0]
    private static int ReadPair(JsonPart part, string member, TokenIds ids)
    {
        var pair = part.Array(member);
        if (pair.GetArrayLength() != 2)
        {
            throw part.Fault(member, "should be a token and its id");
        }

        return Checked(part, member, part.Text(member, pair[0]), part.Number(member, pair[1]), ids);
    }

    private static SpecialTokenFrame ReadTemplate(JsonPart part, TokenIds ids)
    {
        // The second form is for pairs of texts.
        part.Ignore("pair");
        var before = new List<int>();
        var after = new List<int>();
        var textSeen = false;
        var specialTokens = part.OptionalPart("special_tokens");
        foreach (var item in part.Parts("single"))
        {
            if (item.OptionalPart("SpecialToken") is { } special)
            {
                (textSeen ? after : before).AddRange(ReadSpecialToken(special, specialTokens, ids));
            }
            else if (item.OptionalPart("Sequence") is { } sequence && sequence.String("id") == "A" && !textSeen)
            {
                textSeen = true;
                RequireFirstType(sequence);
            }
            else
            {
                throw item.Fault("is neither a special token nor the first text, once");
            }

            item.Close();
        }

        return textSeen
            ? new SpecialTokenFrame([.. before], [.. after])
            : throw part.Fault("single", "leaves out the text");
    }

    private static IEnumerable<int> ReadSpecialToken(JsonPart item, JsonPart? specialTokens, TokenIds ids)
    {
        RequireFirstType(item);
        var name = item.String("id");
        var token = specialTokens?.OptionalPart(name) ?? throw item.Fault("id", $"'{name}' is not one of special_tokens");
        var spellings = token.Array("tokens");
        var numbers = token.Array("ids");
        if (numbers.GetArrayLength() != spellings.GetArrayLength())
        {
            throw token.Fault("ids", "has not as many entries as tokens");
        }

        return numbers.EnumerateArray()
            .Zip(spellings.EnumerateArray(), (id, spelling) =>
                Checked(token, "ids", token.Text("tokens", spelling), token.Number("ids", id), ids))
            .ToArray();
    }

    // Another type id would have to reach the model's token_type_ids, which are all 0 for one text.
    private static void RequireFirstType(JsonPart item)
    {
        if (item.Int("type_id", 0) is not 0 and var type)
        {
            throw item.Fault("type_id", $"is {type}, and only 0 is known for a single text");
        }
    }

    private static int Checked(JsonPart part, string member, string token, int id, TokenIds ids) => ids.TryGet(token, out var known)
        ? known == id ? id : throw part.Fault(member, $"gives '{token}' the id {id}, and the vocabulary {known}")
        : throw part.Fault(member, $"'{token}' is not in the vocabulary");
}
