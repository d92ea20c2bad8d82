using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Tokenizers.Models;

/// <summary>Byte-pair encoding: the characters of a piece, joined pair by pair, the earliest learned pair first.</summary>
internal sealed class BpeModel : TokenModel
{
    // The alphabet of byte-level models ends at U+0143; these are looked up without hashing.
    private const int DirectCharacters = 512;
    private const int NotInVocabulary = -1;

    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Dictionary<long, BpeMerge> _merges;
    private readonly BpeOptions _options;
    private readonly ByteTokens? _bytes;
    private readonly int[] _direct = new int[DirectCharacters];

    public BpeModel(Dictionary<string, int> vocabulary, Dictionary<long, BpeMerge> merges, BpeOptions options)
    {
        _vocabulary = vocabulary;
        _lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = merges;
        _options = options;
        _bytes = options.ByteFallback ? ByteTokens.Find(vocabulary) : null;
        for (var i = 0; i < DirectCharacters; i++)
        {
            _direct[i] = vocabulary.GetValueOrDefault(((char)i).ToString(), NotInVocabulary);
        }

        LargestId = vocabulary.Values.Max();
    }

    public override int LargestId { get; }

    public override bool TryGetId(string token, out int id) => _vocabulary.TryGetValue(token, out id);

    public override void Tokenize(ReadOnlySpan<char> piece, TokenBuffer tokens)
    {
        if (_options.IgnoreMerges && _lookup.TryGetValue(piece, out var whole))
        {
            tokens.Add(whole);
            return;
        }

        var cache = PieceCache.Of(this);
        if (cache.TryAppend(piece, tokens))
        {
            return;
        }

        var first = tokens.Length;
        AppendCharacters(piece, tokens);
        var ids = tokens.From(first);
        if (ids.Length > 1)
        {
            var kept = BpeMerger.Current.Merge(ids, _merges);
            tokens.Truncate(first + kept);
        }

        cache.Store(piece, tokens.From(first));
    }

    private void AppendCharacters(ReadOnlySpan<char> piece, TokenBuffer tokens)
    {
        var afterUnknown = false;
        for (var i = 0; i < piece.Length;)
        {
            var length = char.IsHighSurrogate(piece[i]) ? 2 : 1;
            var id = IdOf(piece.Slice(i, length), i == 0, i + length == piece.Length);
            if (id != NotInVocabulary)
            {
                tokens.Add(id);
                afterUnknown = false;
            }
            else if (_bytes is not null)
            {
                _bytes.Append(piece.Slice(i, length), tokens);
                afterUnknown = false;
            }
            else if (_options.Unknown is { } unknown)
            {
                if (!afterUnknown || !_options.FuseUnknown)
                {
                    tokens.Add(unknown);
                }

                afterUnknown = true;
            }

            i += length;
        }
    }

    private int IdOf(ReadOnlySpan<char> character, bool isFirst, bool isLast)
    {
        var prefix = isFirst ? "" : _options.ContinuingPrefix;
        var suffix = isLast ? _options.EndSuffix : "";
        if (prefix.Length + suffix.Length == 0)
        {
            return character[0] < DirectCharacters
                ? _direct[character[0]]
                : _lookup.TryGetValue(character, out var plain) ? plain : NotInVocabulary;
        }

        Span<char> spelling = stackalloc char[prefix.Length + character.Length + suffix.Length];
        prefix.CopyTo(spelling);
        character.CopyTo(spelling[prefix.Length..]);
        suffix.CopyTo(spelling[(prefix.Length + character.Length)..]);
        return _lookup.TryGetValue(spelling, out var id) ? id : NotInVocabulary;
    }
}

/// <summary>What a pair of tokens becomes.</summary>
/// <param name="Rank">When it was learned; the lowest is joined first.</param>
/// <param name="Id">The token it becomes.</param>
internal readonly record struct BpeMerge(int Rank, int Id)
{
    /// <summary>The key of a pair of ids.</summary>
    public static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}

/// <summary>How a BPE model treats what is not in its vocabulary, and the ends of words.</summary>
/// <param name="Unknown">The id of an unknown character; null leaves it out.</param>
/// <param name="FuseUnknown">Whether neighbouring unknown characters are one token.</param>
/// <param name="ByteFallback">Whether unknown characters become their bytes, if the vocabulary has them.</param>
/// <param name="IgnoreMerges">Whether a piece that is a token stays whole.</param>
/// <param name="ContinuingPrefix">Put before each character but the first.</param>
/// <param name="EndSuffix">Put after the last character.</param>
internal sealed record BpeOptions(
    int? Unknown, bool FuseUnknown, bool ByteFallback, bool IgnoreMerges, string ContinuingPrefix, string EndSuffix);
