namespace IngestEmbeddings.Tokenizing;

/// <summary>The token ids of many texts in one growing array, with the end of each text.</summary>
/// <remarks>Owned by one thread. <see cref="Clear"/> keeps the memory, so that a reused buffer stops allocating.</remarks>
public sealed class TokenBuffer
{
    private int[] _ids = new int[1024];
    private int[] _ends = new int[64];
    private int _length;

    /// <summary>The number of finished texts.</summary>
    public int Count { get; private set; }

    /// <summary>The number of ids, the unfinished text's included.</summary>
    public int Length => _length;

    /// <summary>Appends an id to the text under construction.</summary>
    public void Add(int id)
    {
        if (_length == _ids.Length)
        {
            Array.Resize(ref _ids, _length * 2);
        }

        _ids[_length++] = id;
    }

    /// <summary>Appends ids to the text under construction.</summary>
    public void Add(ReadOnlySpan<int> ids)
    {
        foreach (var id in ids)
        {
            Add(id);
        }
    }

    /// <summary>Drops ids from the end until <see cref="Length"/> is <paramref name="length"/>.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, Count == 0 ? 0 : _ends[Count - 1]);
        _length = length;
    }

    /// <summary>Ends the text under construction; the ids that follow belong to the next.</summary>
    public void EndText()
    {
        if (Count == _ends.Length)
        {
            Array.Resize(ref _ends, Count * 2);
        }

        _ends[Count++] = _length;
    }

    /// <summary>The ids appended from a position on, the unfinished text's included; valid until the next change.</summary>
    public Span<int> From(int position) => _ids.AsSpan(position, _length - position);

    /// <summary>The ids of a finished text; valid until the next change.</summary>
    public ReadOnlySpan<int> this[int text]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(text, Count);
            var start = text == 0 ? 0 : _ends[text - 1];
            return _ids.AsSpan(start, _ends[text] - start);
        }
    }

    /// <summary>Forgets all texts and keeps the memory.</summary>
    public void Clear()
    {
        Count = 0;
        _length = 0;
    }
}
