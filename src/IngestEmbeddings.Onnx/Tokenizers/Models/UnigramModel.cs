using System.Text.Json;
using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Tokenizers.Models;

/// <summary>Unigram: of all ways to cover a piece with tokens, the one with the highest sum of scores (Viterbi).</summary>
/// <remarks>
/// A character that is no token costs ten less than the rarest token; such neighbours become one unknown token, or their
/// UTF-8 bytes where the file says so and the vocabulary has tokens for all of them. Of equal sums the one that was found first
/// stays, that is, the one whose last token is the longest.
/// </remarks>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;

    private readonly CharTrie _trie = new();
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly double[] _scores;
    private readonly ByteTokens? _bytes;
    private readonly double _unknownScore;
    private readonly int _unknown;
    private readonly bool _singlePrecision;

    /// <param name="pieces">The tokens and their scores, in the order of their ids.</param>
    /// <param name="isInText">Whether a token may be found in a text.</param>
    /// <param name="unknown">The id for what no token covers.</param>
    /// <param name="lowestScore">The score of the rarest token.</param>
    /// <param name="byteFallback">Whether bytes stand for what no token covers.</param>
    /// <param name="singlePrecision">Whether sums are rounded to 32 bits, as SentencePiece does.</param>
    public UnigramModel(
        IReadOnlyList<(string Piece, double Score)> pieces,
        Func<int, bool> isInText,
        int unknown,
        double lowestScore,
        bool byteFallback,
        bool singlePrecision)
    {
        _scores = new double[pieces.Count];
        for (var id = 0; id < pieces.Count; id++)
        {
            var (piece, score) = pieces[id];
            _scores[id] = score;
            _ids[piece] = id;
            if (isInText(id))
            {
                _trie.Add(piece, id);
            }
        }

        _unknown = unknown;
        _singlePrecision = singlePrecision;
        _unknownScore = Stored(lowestScore - UnknownPenalty);
        _bytes = byteFallback ? new ByteTokens(_ids) : null;
    }

    public override int MaxId => _scores.Length - 1;

    public static UnigramModel Read(JsonPart part)
    {
        var pieces = new List<(string, double Score)>();
        foreach (var entry in part.Array("vocab").EnumerateArray())
        {
            var name = $"vocab[{pieces.Count}]";
            if (entry.ValueKind != JsonValueKind.Array || entry.GetArrayLength() != 2
                || entry[1].ValueKind != JsonValueKind.Number || Score.Parse(entry[1].GetRawText()) is not { } score)
            {
                throw part.Fault(name, "should be a token and its score");
            }

            pieces.Add((part.Text(name, entry[0]), score));
        }

        if (pieces.Count == 0)
        {
            throw part.Fault("vocab", "is empty");
        }

        var unknown = part.Int("unk_id");
        if (unknown < 0 || unknown >= pieces.Count)
        {
            throw part.Fault("unk_id", $"is {unknown}, and the vocabulary has {pieces.Count} tokens");
        }

        return new UnigramModel(
            pieces, _ => true, unknown, pieces.Min(piece => piece.Score), part.Bool("byte_fallback", false), singlePrecision: false);
    }

    public override bool TryGetId(string token, out int id) => _ids.TryGetValue(token, out id);

    public override void Tokenize(ReadOnlySpan<char> piece, TokenBuffer tokens)
    {
        var lattice = Lattice.Rent(piece.Length + 1);
        FindBestPath(piece, lattice.Nodes);
        Append(piece, lattice.Nodes, tokens);
        Lattice.Return(lattice);
    }

    private void FindBestPath(ReadOnlySpan<char> piece, Span<Lattice.Node> ends)
    {
        ends[0] = default;
        ends[1..(piece.Length + 1)].Fill(Lattice.Unreached);
        for (var start = 0; start < piece.Length;)
        {
            CodePoints.At(piece, start, out var length);
            var score = ends[start].Score;
            var hasSingle = false;
            var node = CharTrie.Root;
            for (var end = start; end < piece.Length;)
            {
                node = _trie.Next(node, piece[end++]);
                if (node < 0)
                {
                    break;
                }

                var id = _trie.TokenAt(node);
                if (id >= 0)
                {
                    Offer(ref ends[end], start, id, score + _scores[id]);
                    hasSingle |= end - start == length;
                }
            }

            if (!hasSingle)
            {
                Offer(ref ends[start + length], start, _unknown, Stored(score + _unknownScore));
            }

            start += length;
        }
    }

    private void Offer(ref Lattice.Node end, int start, int id, double score)
    {
        // SentencePiece compares before it rounds.
        if (end.Start < 0 || score > end.Score)
        {
            end = new Lattice.Node(start, id, Stored(score));
        }
    }

    private double Stored(double score) => _singlePrecision ? (float)score : score;

    private void Append(ReadOnlySpan<char> piece, ReadOnlySpan<Lattice.Node> ends, TokenBuffer tokens)
    {
        // The path is known from its end: the ids are appended backwards, then turned around.
        var first = tokens.Length;
        for (var end = piece.Length; end > 0;)
        {
            var node = ends[end];
            if (node.Id != _unknown)
            {
                tokens.Add(node.Id);
                end = node.Start;
                continue;
            }

            var start = node.Start;
            while (start > 0 && ends[start].Id == _unknown)
            {
                start = ends[start].Start;
            }

            AppendUnknown(piece[start..end], tokens);
            end = start;
        }

        tokens.From(first).Reverse();
    }

    private void AppendUnknown(ReadOnlySpan<char> text, TokenBuffer tokens)
    {
        var first = tokens.Length;
        if (_ids.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var id))
        {
            // Neighbours that make up a token which the path did not take: the reference looks the whole up once more.
            tokens.Add(id);
        }
        else if (_bytes is not null && _bytes.TryAppend(text, tokens))
        {
            tokens.From(first).Reverse();
        }
        else
        {
            tokens.Add(_unknown);
        }
    }
}
