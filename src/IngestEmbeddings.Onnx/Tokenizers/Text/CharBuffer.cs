namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>A growing array of characters that is filled, read and filled again.</summary>
internal sealed class CharBuffer
{
    // A buffer that one huge text has blown up is given back; 1 MB holds any ordinary row.
    private const int LargestKept = 512 * 1024;
    private const int Smallest = 1024;

    private char[] _chars = new char[Smallest];

    public int Length { get; private set; }

    public int Capacity => _chars.Length;

    public ReadOnlySpan<char> Written => _chars.AsSpan(0, Length);

    public Span<char> Slice(int start, int length) => _chars.AsSpan(start, length);

    public void Append(char value)
    {
        if (Length == _chars.Length)
        {
            Grow(1);
        }

        _chars[Length++] = value;
    }

    public void Append(ReadOnlySpan<char> text)
    {
        text.CopyTo(Free(text.Length));
        Length += text.Length;
    }

    /// <summary>Appends a code point as one or two UTF-16 units.</summary>
    public void Append(int codePoint)
    {
        if (codePoint < 0x10000)
        {
            Append((char)codePoint);
            return;
        }

        Append((char)(0xD7C0 + (codePoint >> 10)));
        Append((char)(0xDC00 + (codePoint & 0x3FF)));
    }

    /// <summary>Room for at least <paramref name="count"/> characters after the written ones; <see cref="Advance"/> keeps them.</summary>
    public Span<char> Free(int count)
    {
        if (_chars.Length - Length < count)
        {
            Grow(count);
        }

        return _chars.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Truncate(int length) => Length = length;

    public void Clear() => Length = 0;

    /// <summary>Gives back what an unusually long text has left.</summary>
    public void Shrink()
    {
        Length = 0;
        if (_chars.Length > LargestKept)
        {
            _chars = new char[Smallest];
        }
    }

    private void Grow(int count) => Array.Resize(ref _chars, Math.Max(Length + count, _chars.Length * 2));
}
