using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Tokenizers.Models;

/// <summary>BERT's model: the longest token that begins the word, then the longest continuation, and so on.</summary>
/// <remarks>A word that cannot be covered, or has more code points than allowed, is one unknown token.</remarks>
internal sealed class WordPieceModel : TokenModel
{
    private const int DefaultMaxWordLength = 100;

    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _beginnings;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _continuations;
    private readonly int _maxBeginning;
    private readonly int _maxContinuation;
    private readonly int _maxWordLength;
    private readonly int _unknown;

    public WordPieceModel(Dictionary<string, int> vocabulary, string prefix, int unknown, int maxWordLength)
    {
        _vocabulary = vocabulary;
        _unknown = unknown;
        _maxWordLength = maxWordLength;
        MaxId = vocabulary.Values.Max();

        // Continuations are looked up without their prefix, so that a candidate is always a slice of the word.
        var continuations = prefix.Length == 0
            ? vocabulary
            : vocabulary
                .Where(entry => entry.Key.Length > prefix.Length && entry.Key.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value, StringComparer.Ordinal);
        _beginnings = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _continuations = continuations.GetAlternateLookup<ReadOnlySpan<char>>();
        _maxBeginning = MaxLength(vocabulary);
        _maxContinuation = MaxLength(continuations);
    }

    public static WordPieceModel Read(JsonPart part)
    {
        var vocabulary = Vocabulary.Read(part);
        var unknownToken = part.String("unk_token", "[UNK]");
        if (!vocabulary.TryGetValue(unknownToken, out var unknown))
        {
            throw part.Fault("unk_token", $"'{unknownToken}' is not in the vocabulary");
        }

        var prefix = part.String("continuing_subword_prefix", "##");
        var maxWordLength = part.Int("max_input_chars_per_word", DefaultMaxWordLength);
        return new WordPieceModel(vocabulary, prefix, unknown, maxWordLength);
    }

    public override int MaxId { get; }

    public override bool TryGetId(string token, out int id) => _vocabulary.TryGetValue(token, out id);

    public override void Tokenize(ReadOnlySpan<char> piece, TokenBuffer tokens)
    {
        if (piece.Length > _maxWordLength && CodePoints.Count(piece) > _maxWordLength)
        {
            tokens.Add(_unknown);
            return;
        }

        var first = tokens.Length;
        for (var start = 0; start < piece.Length;)
        {
            var length = Match(piece[start..], start == 0, out var id);
            if (length == 0)
            {
                tokens.Truncate(first);
                tokens.Add(_unknown);
                return;
            }

            tokens.Add(id);
            start += length;
        }
    }

    private int Match(ReadOnlySpan<char> rest, bool isBeginning, out int id)
    {
        var lookup = isBeginning ? _beginnings : _continuations;
        var length = Math.Min(rest.Length, isBeginning ? _maxBeginning : _maxContinuation);
        for (; length > 0; length--)
        {
            if (lookup.TryGetValue(rest[..length], out id))
            {
                return length;
            }
        }

        id = 0;
        return 0;
    }

    private static int MaxLength(Dictionary<string, int> tokens) =>
        tokens.Count == 0 ? 0 : tokens.Keys.Max(token => token.Length);
}
