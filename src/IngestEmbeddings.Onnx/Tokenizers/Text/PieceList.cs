namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>The pieces into which pre-tokenizers cut a text, in one character array.</summary>
internal sealed class PieceList
{
    private const int MaxKept = 64 * 1024;
    private const int MinCapacity = 256;

    private readonly CharBuffer _chars = new();
    private Piece[] _pieces = new Piece[MinCapacity];
    private int _open;

    public int Count { get; private set; }

    public ReadOnlySpan<char> this[int index] =>
        _chars.Slice(_pieces[index].Start, _pieces[index].End - _pieces[index].Start);

    /// <summary>Whether the piece begins where the whole text begins.</summary>
    public bool IsAtStart(int index) => _pieces[index].AtStart;

    /// <summary>Adds a piece; an empty one is left out, as the reference does.</summary>
    public void Add(ReadOnlySpan<char> piece, bool atStart)
    {
        _chars.Append(piece);
        EndPiece(atStart);
    }

    /// <summary>The piece under construction, for pre-tokenizers that change characters.</summary>
    public CharBuffer Open => _chars;

    /// <summary>Ends the piece under construction.</summary>
    public void EndPiece(bool atStart)
    {
        if (_chars.Length == _open)
        {
            return;
        }

        if (Count == _pieces.Length)
        {
            Array.Resize(ref _pieces, Count * 2);
        }

        _pieces[Count++] = new Piece(_open, _chars.Length, atStart);
        _open = _chars.Length;
    }

    public void Clear()
    {
        _chars.Clear();
        Count = 0;
        _open = 0;
    }

    public void Shrink()
    {
        Clear();
        _chars.Shrink();
        if (_pieces.Length > MaxKept)
        {
            _pieces = new Piece[MinCapacity];
        }
    }

    private readonly record struct Piece(int Start, int End, bool AtStart);
}
