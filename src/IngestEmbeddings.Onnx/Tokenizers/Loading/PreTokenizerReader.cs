using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Reads <c>pre_tokenizer</c>; sequences, nested or not, come out flat.</summary>
internal static class PreTokenizerReader
{
    public static PreTokenizer[] Read(JsonPart? part, TokenizerSettings? settings = null)
    {
        var preTokenizers = new List<PreTokenizer>();
        if (part is not null)
        {
            // The reference lets the setting change this one, and none inside a sequence.
            if (part.Type == "ByteLevel")
            {
                settings?.RequireSame("add_prefix_space", part.Bool("add_prefix_space", true), part, "add_prefix_space");
            }

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
        "ByteLevel" => ReadByteLevel(part),
        "CharDelimiterSplit" => new PatternSplit(TextPattern.OfString(part.String("delimiter")), SplitBehavior.Removed, inverted: false),
        "Digits" => new Digits(part.Bool("individual_digits", false)),
        "Metaspace" => Metaspace.Read(part),
        "Punctuation" => new Punctuation(Segments.ReadBehavior(part, nameof(SplitBehavior.Isolated))),
        "Split" => PatternSplit.Read(part),
        "UnicodeScripts" => new UnicodeScripts(),
        "Whitespace" => new Whitespace(),
        "WhitespaceSplit" => new WhitespaceSplit(),
        _ => throw part.UnknownType("pre-tokenizer"),
    };

    private static ByteLevel ReadByteLevel(JsonPart part)
    {
        // Offsets are not kept here.
        part.Ignore("trim_offsets");
        return new ByteLevel(part.Bool("add_prefix_space", true), part.Bool("use_regex", true));
    }
}
