using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Models;
using IngestEmbeddings.Onnx.Tokenizers.Normalizers;
using IngestEmbeddings.Onnx.Tokenizers.Pipeline;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Reads <c>tokenizer.json</c>, version 1.0.</summary>
internal static class TokenizerJson
{
    private const string KnownVersion = "1.0";

    public static TokenizerParts Read(JsonPart root, TokenizerSettings settings)
    {
        if (root.String("version") is var version && version != KnownVersion)
        {
            throw root.Fault("version", $"is '{version}', and this version reads {KnownVersion}");
        }

        // Decoding is never done here.
        root.Ignore("decoder");
        var model = ModelReader.Read(root.Part("model"));
        var added = AddedTokenReader.Read(root, settings, model);
        var normalizers = NormalizerReader.Read(root.OptionalPart("normalizer"), settings);
        var ids = new TokenIds(model, added);
        var parts = new TokenizerParts
        {
            Model = model,
            AddedTokens = new AddedTokenFinder(added.Where(token => !token.Normalized).Select(token => (token.Content, token))),
            NormalizedAddedTokens = new AddedTokenFinder(
                added.Where(token => token.Normalized).Select(token => (Normalize(token.Content, normalizers), token))),
            Normalizers = normalizers,
            PreTokenizers = PreTokenizerReader.Read(root.OptionalPart("pre_tokenizer")),
            Frame = PostProcessorReader.Read(root.OptionalPart("post_processor"), ids),
            PadId = ReadPadId(root.OptionalPart("padding"), settings, ids),
            MaxTokens = settings.MaxTokens,
            CutsStart = CutsStart(root.OptionalPart("truncation"), settings),
            VocabularySize = Math.Max(model.MaxId, added.Select(token => token.Id).DefaultIfEmpty().Max()) + 1,
        };
        root.Close();
        return parts;
    }

    private static string Normalize(string spelling, Normalizer[] normalizers)
    {
        var text = spelling;
        foreach (var normalizer in normalizers)
        {
            var output = new CharBuffer();
            text = normalizer.Apply(text, output, Workspace.Current) ? output.Written.ToString() : text;
        }

        return text;
    }

    private static int ReadPadId(JsonPart? padding, TokenizerSettings settings, TokenIds ids)
    {
        if (padding is not null)
        {
            return padding.Int("pad_id");
        }

        return settings.TokenOf("pad_token") is { } pad && ids.TryGet(pad, out var id) ? id : 0;
    }

    private static bool CutsStart(JsonPart? truncation, TokenizerSettings settings) => truncation?.OptionalString("direction") switch
    {
        null => settings.CutsStart,
        "Right" => false,
        "Left" => true,
        var direction => throw truncation.Fault("direction", $"is '{direction}', which is neither Left nor Right"),
    };
}
