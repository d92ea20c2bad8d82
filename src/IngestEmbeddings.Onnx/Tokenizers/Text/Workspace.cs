namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>One thread's buffers, reused from text to text so that encoding stops allocating.</summary>
internal sealed class Workspace
{
    [ThreadStatic]
    private static Workspace? _current;

    private readonly CharBuffer _wellFormed = new();
    private PieceList _pieces = new();
    private PieceList _spare = new();

    public static Workspace Current => _current ??= new Workspace();

    /// <summary>Where the normalizers write; they take turns.</summary>
    public CharBuffer Normalized { get; private set; } = new();

    /// <summary>The other normalizer buffer.</summary>
    public CharBuffer Previous { get; private set; } = new();

    /// <summary>For one normalizer's own steps.</summary>
    public CharBuffer Inner { get; } = new();

    /// <summary>For the same normalizer, where one buffer is not enough.</summary>
    public CharBuffer Decomposed { get; } = new();

    public PieceList Pieces => _pieces;

    public PieceList Spare => _spare;

    public void SwapPieces() => (_pieces, _spare) = (_spare, _pieces);

    public void SwapNormalized() => (Normalized, Previous) = (Previous, Normalized);

    /// <summary>The text with U+FFFD for each surrogate without its partner, which is what its UTF-8 form has.</summary>
    public ReadOnlySpan<char> WellFormed(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return text;
        }

        _wellFormed.Clear();
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                _wellFormed.Append(text[i]);
            }
            else if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                _wellFormed.Append(text[i]);
                _wellFormed.Append(text[++i]);
            }
            else
            {
                _wellFormed.Append('\uFFFD');
            }
        }

        return _wellFormed.Written;
    }

    /// <summary>Gives back what an unusually long text has left.</summary>
    public void Shrink()
    {
        _wellFormed.Shrink();
        Normalized.Shrink();
        Previous.Shrink();
        Inner.Shrink();
        Decomposed.Shrink();
        _pieces.Shrink();
        _spare.Shrink();
    }
}
