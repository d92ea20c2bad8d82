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
        _bytes = options.ByteFallback ? new ByteTokens(vocabulary) : null;
        for (var i = 0; i < DirectCharacters; i++)
        {
            _direct[i] = vocabulary.GetValueOrDefault(((char)i).ToString(), NotInVocabulary);
        }

        MaxId = vocabulary.Values.Max();
    }

    public override int MaxId { get; }

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
        // An unknown token is appended before the next known one, after the bytes between, as the reference does.
        var isUnknownPending = false;
        for (var i = 0; i < piece.Length;)
        {
            var length = char.IsHighSurrogate(piece[i]) ? 2 : 1;
            var kind = AppendCharacter(piece.Slice(i, length), i == 0, i + length == piece.Length, isUnknownPending, tokens);
            isUnknownPending = kind == CharacterKind.Unknown || (isUnknownPending && kind == CharacterKind.Bytes);
            i += length;
        }

        if (isUnknownPending && _options.Unknown is { } unknown)
        {
            tokens.Add(unknown);
        }
    }

    private CharacterKind AppendCharacter(ReadOnlySpan<char> character, bool isFirst, bool isLast, bool isUnknownPending, TokenBuffer tokens)
    {
        var prefix = isFirst ? "" : _options.ContinuingPrefix;
        var suffix = isLast ? _options.EndSuffix : "";
        scoped Span<char> spelled = stackalloc char[prefix.Length + character.Length + suffix.Length];
        scoped ReadOnlySpan<char> spelling = character;
        if (prefix.Length + suffix.Length > 0)
        {
            prefix.CopyTo(spelled);
            character.CopyTo(spelled[prefix.Length..]);
            suffix.CopyTo(spelled[(prefix.Length + character.Length)..]);
            spelling = spelled;
        }

        var id = IdOf(spelling);
        if (id == NotInVocabulary && _bytes is not null && _bytes.TryAppend(spelling, tokens))
        {
            return CharacterKind.Bytes;
        }

        if (isUnknownPending && _options.Unknown is { } unknown && (id != NotInVocabulary || !_options.FuseUnknown))
        {
            tokens.Add(unknown);
        }

        if (id == NotInVocabulary)
        {
            return CharacterKind.Unknown;
        }

        tokens.Add(id);
        return CharacterKind.Known;
    }

    private int IdOf(ReadOnlySpan<char> spelling) => spelling.Length == 1 && spelling[0] < DirectCharacters
        ? _direct[spelling[0]]
        : _lookup.TryGetValue(spelling, out var id) ? id : NotInVocabulary;

    private enum CharacterKind
    {
        Known,
        Bytes,
        Unknown,
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
/// <param name="ByteFallback">Whether an unknown character becomes its bytes, if the vocabulary has all of them.</param>
/// <param name="IgnoreMerges">Whether a piece that is a token stays whole.</param>
/// <param name="ContinuingPrefix">Put before each character but the first.</param>
/// <param name="EndSuffix">Put after the last character.</param>
internal sealed record BpeOptions(
    int? Unknown, bool FuseUnknown, bool ByteFallback, bool IgnoreMerges, string ContinuingPrefix, string EndSuffix);
