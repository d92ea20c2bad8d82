using System.Text.Json;
using System.Text.Unicode;
using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Models;
using IngestEmbeddings.Onnx.Tokenizers.Normalizers;
using IngestEmbeddings.Onnx.Tokenizers.Pipeline;
using IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Makes a tokenizer of <c>vocab.txt</c>, the older form of BERT's folders: a token a line, its id the line's number.</summary>
/// <remarks>What the line does not say is in <c>tokenizer_config.json</c>, with the defaults of <c>BertTokenizer</c>.</remarks>
internal static class BertVocabularyReader
{
    private const int MaxBytes = 64 << 20;
    private const int MaxWordLength = 100;

    // Classes that differ from BertTokenizer in their name alone; others with a vocab.txt cut differently.
    private static readonly string[] Classes =
        ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "ConvBertTokenizer", "SqueezeBertTokenizer", "RetriBertTokenizer"];

    private static readonly (string Role, string Default)[] Roles =
        [("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"), ("mask_token", "[MASK]")];

    /// <param name="path">The vocabulary.</param>
    /// <param name="settings">The files next to it.</param>
    public static TokenizerParts Read(string path, TokenizerSettings settings)
    {
        RequireKnown(path, settings);
        var vocabulary = ReadVocabulary(path);
        var tokens = Roles.ToDictionary(role => role.Role, role => settings.TokenOf(role.Role) ?? role.Default, StringComparer.Ordinal);
        var added = tokens.Values.Distinct(StringComparer.Ordinal).Where(vocabulary.ContainsKey)
            .Select(token => new AddedToken(token, vocabulary[token], SingleWord: false, StripLeft: false, StripRight: false, Normalized: false))
            .ToList();
        var model = new WordPieceModel(vocabulary, "##", IdOf("unk_token"), MaxWordLength);
        var all = AddedTokenReader.AddConfigured(added, settings, model);
        var lowerCases = settings.Flag("do_lower_case") ?? true;
        var normalizer = new BertNormalizer(
            clean: true, settings.Flag("tokenize_chinese_chars") ?? true, settings.Flag("strip_accents"), lowerCases);
        return new TokenizerParts
        {
            Model = model,
            AddedTokens = new AddedTokenFinder(all.Where(token => !token.Normalized).Select(token => (token.Content, token))),
            NormalizedAddedTokens = TokenizerJson.Normalize(all, [normalizer]),
            Normalizers = [normalizer],
            PreTokenizers = [new BertPreTokenizer()],
            Frame = new SpecialTokenFrame([IdOf("cls_token")], [IdOf("sep_token")]),
            PadId = vocabulary.GetValueOrDefault(tokens["pad_token"]),
            MaxTokens = settings.MaxTokens,
            CutsStart = settings.CutsStart ?? false,
            VocabularySize = Math.Max(model.MaxId, all.Select(token => token.Id).DefaultIfEmpty().Max()) + 1,
        };

        int IdOf(string role) => vocabulary.TryGetValue(tokens[role], out var id)
            ? id
            : throw Fault(path, $"lacks '{tokens[role]}', the {role}");
    }

    private static void RequireKnown(string path, TokenizerSettings settings)
    {
        if (settings.TokenizerClass is { } name && !Classes.Contains(name))
        {
            throw settings.Config!.Fault("tokenizer_class", $"'{name}' is not known to this version without a tokenizer.json. Put the model's tokenizer.json next to it");
        }

        if (settings.Flag("do_basic_tokenize") == false)
        {
            throw settings.Config!.Fault("do_basic_tokenize", "is false, which this version does not know");
        }

        if (settings.Config?.Raw("never_split") is { } kept && !(kept.ValueKind == JsonValueKind.Array && kept.GetArrayLength() == 0))
        {
            throw settings.Config.Fault("never_split", "is not known to this version");
        }

        if (File.Exists(Path.Combine(Path.GetDirectoryName(path)!, "added_tokens.json")))
        {
            throw Fault(path, "has an added_tokens.json next to it, which this version reads only as a part of tokenizer.json");
        }
    }

    private static Dictionary<string, int> ReadVocabulary(string path)
    {
        var bytes = RegularFile.ReadAllBytes(path, MaxBytes);
        if (!Utf8.IsValid(bytes))
        {
            throw Fault(path, "is not UTF-8: it is damaged. Fetch the file again");
        }

        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var lines = System.Text.Encoding.UTF8.GetString(bytes).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
        var count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        for (var id = 0; id < count; id++)
        {
            // Of a token that stands there twice the later line counts, as in the reference.
            vocabulary[lines[id]] = id;
        }

        return vocabulary.Count > 0 ? vocabulary : throw Fault(path, "is empty");
    }

    private static IngestException Fault(string path, string what) => new(IngestError.Configuration, $"{path} {what}.");
}
