using IngestEmbeddings.Onnx.Files;
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
        var frame = PostProcessorReader.Read(root.OptionalPart("post_processor"), ids);
        var cutsStart = CutsStart(root.OptionalPart("truncation"));
        settings.RequireKnown();
        settings.RequireSame(frame, ids);
        var parts = new TokenizerParts
        {
            Model = model,
            AddedTokens = new AddedTokenFinder(added.Where(token => !token.Normalized).Select(token => (token.Content, token))),
            NormalizedAddedTokens = Normalize(added, normalizers),
            Normalizers = normalizers,
            PreTokenizers = PreTokenizerReader.Read(root.OptionalPart("pre_tokenizer"), settings),
            Frame = frame,
            PadId = ReadPadId(root.OptionalPart("padding"), settings, ids),
            MaxTokens = settings.MaxTokens,
            CutsStart = settings.CutsStart ?? cutsStart,
            VocabularySize = Math.Max(model.MaxId, added.Select(token => token.Id).DefaultIfEmpty().Max()) + 1,
        };
        root.Close();
        return parts;
    }

    /// <summary>A finder of added tokens, of their normalized spellings.</summary>
    public static AddedTokenFinder Normalize(IEnumerable<AddedToken> added, Normalizer[] normalizers)
    {
        var tokens = added.Where(token => token.Normalized).ToArray();
        var workspace = Workspace.Current;
        workspace.Begin(tokens.Sum(token => token.Content.Length));
        return new AddedTokenFinder(tokens.Select(token => (Normalize(token.Content, normalizers, workspace), token)));
    }

    private static string Normalize(string spelling, Normalizer[] normalizers, Workspace workspace)
    {
        var text = spelling;
        foreach (var normalizer in normalizers)
        {
            workspace.Normalized.Clear();
            text = normalizer.Apply(text, workspace.Normalized, workspace) ? workspace.Normalized.Written.ToString() : text;
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

    // The strategies differ for pairs of texts, the stride decides only about the pieces that are cut off, and the length is replaced
    // by the model's own maximum, as the reference's users do.
    private static bool CutsStart(JsonPart? truncation)
    {
        if (truncation is null)
        {
            return false;
        }

        truncation.Ignore("max_length", "stride");
        if (truncation.String("strategy", "LongestFirst") is not ("LongestFirst" or "OnlyFirst"))
        {
            throw truncation.Fault("strategy", $"is '{truncation.String("strategy")}', and there is one text");
        }

        var cutsStart = truncation.String("direction", "Right") switch
        {
            "Right" => false,
            "Left" => true,
            var direction => throw truncation.Fault("direction", $"is '{direction}', which is neither Left nor Right"),
        };
        truncation.Close();
        return cutsStart;
    }
}
