using IngestEmbeddings.Onnx.Tokenizers.Models;
using IngestEmbeddings.Onnx.Tokenizers.Normalizers;
using IngestEmbeddings.Onnx.Tokenizers.Pipeline;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Makes a tokenizer of a SentencePiece model, for folders without <c>tokenizer.json</c>.</summary>
/// <remarks>
/// Which ids the network was trained with is not in the model. Two layouts are known: the model's own pieces begin with
/// <c>&lt;s&gt; &lt;pad&gt; &lt;/s&gt; &lt;unk&gt;</c>, and the ids are theirs; or <c>tokenizer_class</c> is XLM-RoBERTa's,
/// which puts these four before the pieces that follow SentencePiece's own three, and <c>&lt;mask&gt;</c> last.
/// </remarks>
internal static class SentencePieceReader
{
    private static readonly string[] FairseqTokens = ["<s>", "<pad>", "</s>", "<unk>"];
    private const string Mask = "<mask>";
    private const int OwnTokens = 3;

    public static TokenizerParts Read(string path, TokenizerSettings settings)
    {
        var file = SentencePieceFile.Read(path);
        var pieces = Arrange(file, settings);
        var added = pieces
            .Select((piece, id) => (piece, id))
            .Where(entry => entry.piece.Type is SentencePieceType.Control or SentencePieceType.Unknown)
            .Select(entry => new AddedToken(entry.piece.Text, entry.id, SingleWord: false, StripLeft: entry.piece.Text == Mask, StripRight: false, Normalized: false))
            .ToArray();
        return new TokenizerParts
        {
            AddedTokens = new AddedTokenFinder(added.Select(token => (token.Content, token))),
            NormalizedAddedTokens = new AddedTokenFinder([]),
            Normalizers = [CreateNormalizer(file)],
            PreTokenizers = [],
            Model = CreateModel(file, pieces),
            Frame = new SpecialTokenFrame([0], [2]),
            PadId = 1,
            MaxTokens = settings.MaxTokens,
            CutsStart = settings.CutsStart ?? false,
            VocabularySize = pieces.Count,
        };
    }

    private static SentencePieceNormalizer CreateNormalizer(SentencePieceFile file)
    {
        var map = file.CharsMap.Length == 0 ? null
            : CharsMap.Read(file.CharsMap) ?? throw file.Fault("has a damaged normalization map (precompiled_charsmap)");
        return new SentencePieceNormalizer(
            map, new SpaceRules(file.AddsDummyPrefix, file.SpaceIsSuffix, file.RemovesExtraSpaces, file.EscapesSpaces));
    }

    private static List<SentencePiece> Arrange(SentencePieceFile file, TokenizerSettings settings)
    {
        if (file.Pieces.Take(FairseqTokens.Length).Select(piece => piece.Text).SequenceEqual(FairseqTokens))
        {
            // Some files give the mask as an ordinary piece, which no text may spell.
            return [.. file.Pieces.Select(piece => piece.Text == Mask ? piece with { Type = SentencePieceType.Control } : piece)];
        }

        if (settings.TokenizerClass == "XLMRobertaTokenizer"
            && file.Pieces.Take(OwnTokens).Select(piece => piece.Text).SequenceEqual(["<unk>", "<s>", "</s>"]))
        {
            return
            [
                .. FairseqTokens.Select(token => new SentencePiece(
                    token, 0, token == "<unk>" ? SentencePieceType.Unknown : SentencePieceType.Control)),
                .. file.Pieces.Skip(OwnTokens),
                new SentencePiece(Mask, 0, SentencePieceType.Control),
            ];
        }

        throw file.Fault(
            $"does not say which ids the model was trained with (tokenizer_class: {settings.TokenizerClass ?? "none"}). "
            + "Put the model's tokenizer.json next to it");
    }

    private static TokenModel CreateModel(SentencePieceFile file, List<SentencePiece> pieces)
    {
        if (pieces.Find(piece => piece.Type == SentencePieceType.UserDefined) is { } defined)
        {
            throw file.Fault($"has the user-defined piece '{defined.Text}', which this version does not know how to cut. Put the model's tokenizer.json next to it");
        }

        if (!pieces.Exists(piece => piece.Type == SentencePieceType.Normal) || !pieces.Exists(piece => piece.Type == SentencePieceType.Unknown))
        {
            throw file.Fault("has no piece for texts, or none for what is unknown");
        }

        return file.ModelType switch
        {
            SentencePieceFile.UnigramType => CreateUnigram(file, pieces),
            SentencePieceFile.BpeType => CreateBpe(file, pieces),
            _ => throw file.Fault($"has the model type {file.ModelType}; known are 1 (Unigram) and 2 (BPE)"),
        };
    }

    private static UnigramModel CreateUnigram(SentencePieceFile file, List<SentencePiece> pieces) => new(
        [.. pieces.Select(piece => (piece.Text, (double)piece.Score))],
        id => pieces[id].Type == SentencePieceType.Normal,
        pieces.FindIndex(piece => piece.Type == SentencePieceType.Unknown),
        pieces.Where(piece => piece.Type == SentencePieceType.Normal).Min(piece => piece.Score),
        file.ByteFallback,
        singlePrecision: true);

    private static BpeModel CreateBpe(SentencePieceFile file, List<SentencePiece> pieces)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < pieces.Count; id++)
        {
            if (pieces[id].Type == SentencePieceType.Unused || !vocabulary.TryAdd(pieces[id].Text, id))
            {
                throw file.Fault($"has the piece '{pieces[id].Text}' twice, or unused, which this version does not know");
            }
        }

        var merges = new Dictionary<long, BpeMerge>();
        var ranks = pieces.Select(piece => piece.Score).Distinct().OrderDescending()
            .Select((score, rank) => (score, rank)).ToDictionary(entry => entry.score, entry => entry.rank);
        for (var id = 0; id < pieces.Count; id++)
        {
            if (pieces[id].Type == SentencePieceType.Normal)
            {
                AddMerges(file, pieces[id].Text, new BpeMerge(ranks[pieces[id].Score], id), vocabulary, merges);
            }
        }

        var unknown = pieces.FindIndex(piece => piece.Type == SentencePieceType.Unknown);
        return new BpeModel(vocabulary, merges, new BpeOptions(unknown, FuseUnknown: true, file.ByteFallback, IgnoreMerges: false, "", ""));
    }

    // A piece may come about by any two pieces that spell it, and always at its own rank.
    private static void AddMerges(
        SentencePieceFile file, string piece, BpeMerge merge, Dictionary<string, int> vocabulary, Dictionary<long, BpeMerge> merges)
    {
        for (var cut = 0; cut < piece.Length;)
        {
            CodePoints.At(piece, cut, out var length);
            if (!vocabulary.ContainsKey(piece.Substring(cut, length)))
            {
                throw file.Fault($"has the piece '{piece}' and not the character '{piece.Substring(cut, length)}'");
            }

            cut += length;
            if (cut < piece.Length
                && vocabulary.TryGetValue(piece[..cut], out var left)
                && vocabulary.TryGetValue(piece[cut..], out var right))
            {
                merges[BpeMerge.Key(left, right)] = merge;
            }
        }
    }
}
