using System.Text;
using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Normalizers;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Reads <c>normalizer</c>; sequences, nested or not, come out flat.</summary>
internal static class NormalizerReader
{
    public static Normalizer[] Read(JsonPart? part, TokenizerSettings settings)
    {
        var normalizers = new List<Normalizer>();
        if (part is not null)
        {
            Add(part, settings, normalizers);
        }

        return [.. normalizers];
    }

    private static void Add(JsonPart part, TokenizerSettings settings, List<Normalizer> normalizers)
    {
        if (part.Type == "Sequence")
        {
            foreach (var inner in part.Parts("normalizers"))
            {
                Add(inner, settings, normalizers);
            }
        }
        else if (Create(part, settings) is { } normalizer)
        {
            normalizers.Add(normalizer);
        }

        part.Close();
    }

    // Null where the part does nothing: a map without rules.
    private static Normalizer? Create(JsonPart part, TokenizerSettings settings) => part.Type switch
    {
        "BertNormalizer" => ReadBert(part, settings),
        "ByteLevel" => new ByteLevelNormalizer(),
        "Lowercase" => new LowerCase(),
        "NFC" => new UnicodeForm(NormalizationForm.FormC),
        "NFD" => new UnicodeForm(NormalizationForm.FormD),
        "NFKC" => new UnicodeForm(NormalizationForm.FormKC),
        "NFKD" => new UnicodeForm(NormalizationForm.FormKD),
        "Nmt" => new Nmt(),
        "Precompiled" => Precompiled.Read(part),
        "Prepend" => new Prepend(part.String("prepend")),
        "Replace" => new Replace(TextPattern.Read(part, "pattern"), part.String("content")),
        "Strip" => new Strip(part.Bool("strip_left", true), part.Bool("strip_right", true)),
        "StripAccents" => new StripAccents(),
        _ => throw part.UnknownType("normalizer"),
    };

    private static BertNormalizer ReadBert(JsonPart part, TokenizerSettings settings)
    {
        var lowerCase = part.Bool("lowercase", true);
        var separateChinese = part.Bool("handle_chinese_chars", true);
        bool? stripAccents = part.Has("strip_accents") ? part.Bool("strip_accents") : null;
        settings.RequireSame("do_lower_case", lowerCase, part, "lowercase");
        settings.RequireSame("tokenize_chinese_chars", separateChinese, part, "handle_chinese_chars");
        settings.RequireSame("strip_accents", stripAccents ?? lowerCase, part, "strip_accents");
        return new BertNormalizer(part.Bool("clean_text", true), separateChinese, stripAccents, lowerCase);
    }
}
