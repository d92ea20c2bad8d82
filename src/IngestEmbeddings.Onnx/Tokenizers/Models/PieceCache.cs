using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Tokenizers.Models;

/// <summary>One thread's memory of short pieces and their ids: most words of a text were seen a moment ago.</summary>
/// <remarks>
/// Each piece has one slot, and a new piece takes the slot of the old: 4,096 slots of up to 16 characters and 8 ids, 280 kB a
/// thread. It serves one model at a time.
/// </remarks>
internal sealed class PieceCache
{
    private const int SlotBits = 12;
    private const int Slots = 1 << SlotBits;
    private const int MaxPieceLength = 16;
    private const int MaxIds = 8;

    [ThreadStatic]
    private static PieceCache? _current;

    private readonly char[] _pieces = new char[Slots * MaxPieceLength];
    private readonly int[] _ids = new int[Slots * MaxIds];
    private readonly byte[] _lengths = new byte[Slots];
    private readonly byte[] _counts = new byte[Slots];
    private TokenModel? _model;

    /// <summary>This thread's memory of a model.</summary>
    public static PieceCache Of(TokenModel model)
    {
        var cache = _current ??= new PieceCache();
        if (!ReferenceEquals(cache._model, model))
        {
            cache._lengths.AsSpan().Clear();
            cache._model = model;
        }

        return cache;
    }

    /// <summary>Appends the ids of a piece that is remembered.</summary>
    public bool TryAppend(ReadOnlySpan<char> piece, TokenBuffer tokens)
    {
        if (piece.Length > MaxPieceLength)
        {
            return false;
        }

        var slot = Slot(piece);
        if (_lengths[slot] != piece.Length || !piece.SequenceEqual(_pieces.AsSpan(slot * MaxPieceLength, piece.Length)))
        {
            return false;
        }

        foreach (var id in _ids.AsSpan(slot * MaxIds, _counts[slot]))
        {
            tokens.Add(id);
        }

        return true;
    }

    /// <summary>Remembers a piece, if it is short.</summary>
    public void Store(ReadOnlySpan<char> piece, ReadOnlySpan<int> ids)
    {
        if (piece.Length > MaxPieceLength || ids.Length > MaxIds)
        {
            return;
        }

        var slot = Slot(piece);
        piece.CopyTo(_pieces.AsSpan(slot * MaxPieceLength));
        ids.CopyTo(_ids.AsSpan(slot * MaxIds));
        _lengths[slot] = (byte)piece.Length;
        _counts[slot] = (byte)ids.Length;
    }

    private static int Slot(ReadOnlySpan<char> piece)
    {
        var hash = 0u;
        foreach (var unit in piece)
        {
            hash = (hash ^ unit) * 0x9E3779B1;
        }

        return (int)(hash >> (32 - SlotBits));
    }
}
