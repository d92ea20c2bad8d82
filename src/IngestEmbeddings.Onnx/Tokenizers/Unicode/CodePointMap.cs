namespace IngestEmbeddings.Onnx.Tokenizers.Unicode;

/// <summary>A value for each code point, in pages of 256 of which equal ones are not repeated while empty.</summary>
internal sealed class CodePointMap<T>
    where T : struct
{
    private const int PageBits = 8;
    private const int PageSize = 1 << PageBits;
    private const int CodePoints = 0x110000;

    private readonly ushort[] _pages = new ushort[CodePoints >> PageBits];
    private T[] _values = new T[PageSize];

    /// <summary>The value of a code point; the default of the type where none was set.</summary>
    public T this[int codePoint]
    {
        get => _values[(_pages[codePoint >> PageBits] << PageBits) | (codePoint & (PageSize - 1))];
        set
        {
            ref var page = ref _pages[codePoint >> PageBits];
            if (page == 0)
            {
                page = (ushort)(_values.Length >> PageBits);
                Array.Resize(ref _values, _values.Length + PageSize);
            }

            _values[(page << PageBits) | (codePoint & (PageSize - 1))] = value;
        }
    }
}
