using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Tokenizers.Models;

/// <summary>A token for each piece as a whole; a piece that is none is one unknown token.</summary>
internal sealed class WordLevelModel : TokenModel
{
    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly int _unknown;

    private WordLevelModel(Dictionary<string, int> vocabulary, int unknown)
    {
        _vocabulary = vocabulary;
        _lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _unknown = unknown;
        MaxId = vocabulary.Values.Max();
    }

    public override int MaxId { get; }

    public static WordLevelModel Read(JsonPart part)
    {
        var vocabulary = Vocabulary.Read(part);
        var unknownToken = part.String("unk_token");
        return vocabulary.TryGetValue(unknownToken, out var unknown)
            ? new WordLevelModel(vocabulary, unknown)
            : throw part.Fault("unk_token", $"'{unknownToken}' is not in the vocabulary");
    }

    public override bool TryGetId(string token, out int id) => _vocabulary.TryGetValue(token, out id);

    public override void Tokenize(ReadOnlySpan<char> piece, TokenBuffer tokens) =>
        tokens.Add(_lookup.TryGetValue(piece, out var id) ? id : _unknown);
}
