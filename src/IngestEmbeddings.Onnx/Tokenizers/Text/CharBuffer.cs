using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>A growing array of characters that is filled, read and filled again.</summary>
internal sealed class CharBuffer
{
    // A larger array, left by one huge text, is released; 1 MB holds any ordinary row.
    private const int MaxKept = 512 * 1024;
    private const int MinCapacity = 1024;

    private char[] _chars = new char[MinCapacity];

    public int Length { get; private set; }

    public int Capacity => _chars.Length;

    /// <summary>The most characters to grow to; checked when the array is full.</summary>
    public int MaxLength { get; set; } = Array.MaxLength;

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

    /// <summary>Empties the buffer, and releases what an unusually long text has left.</summary>
    public void Shrink()
    {
        Length = 0;
        if (_chars.Length > MaxKept)
        {
            _chars = new char[MinCapacity];
        }
    }

    private void Grow(int count)
    {
        var wanted = (long)Length + count;
        if (wanted > MaxLength)
        {
            throw new TokenizerException($"the tokenizer makes more than {MaxLength:N0} characters of this text");
        }

        Array.Resize(ref _chars, (int)Math.Min(Math.Max(wanted, _chars.Length * 2L), Array.MaxLength));
    }
}
