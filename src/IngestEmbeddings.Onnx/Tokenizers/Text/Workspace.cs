namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>One thread's buffers, reused from text to text so that encoding stops allocating.</summary>
internal sealed class Workspace
{
    // Unicode's own normalization makes 18 characters of one at most, and an alphabet of bytes four.
    private const int MaxGrowth = 80;
    private const int MinGrown = 1 << 16;

    [ThreadStatic]
    private static Workspace? _current;

    private readonly CharBuffer _wellFormed = new();
    private PieceList _pieces = new();
    private PieceList _spare = new();

    public static Workspace Current => _current ??= new Workspace();

    /// <summary>Begins a text: sets what it may take of time and memory.</summary>
    /// <param name="length">The text's length in UTF-16 units.</param>
    public void Begin(int length)
    {
        TextDeadline.Begin();
        var max = (int)Math.Min(MinGrown + ((long)length * MaxGrowth), Array.MaxLength);
        foreach (var buffer in (ReadOnlySpan<CharBuffer>)[Normalized, Previous, Inner, Decomposed, Pieces.Open, Spare.Open])
        {
            buffer.MaxLength = max;
        }
    }

    /// <summary>Where the normalizers write; they take turns.</summary>
    public CharBuffer Normalized { get; private set; } = new();

    /// <summary>The other normalizer buffer.</summary>
    public CharBuffer Previous { get; private set; } = new();

    /// <summary>Where a text is prepared before everything else.</summary>
    public CharBuffer Prepared { get; } = new();

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

    /// <summary>Releases what an unusually long text has left.</summary>
    public void Shrink()
    {
        _wellFormed.Shrink();
        Prepared.Shrink();
        Normalized.Shrink();
        Previous.Shrink();
        Inner.Shrink();
        Decomposed.Shrink();
        _pieces.Shrink();
        _spare.Shrink();
    }
}
