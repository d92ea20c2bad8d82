using System.Buffers;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Encoding;

/// <summary>The results of encoding a list of texts: for each a vector, a failure, or nothing yet.</summary>
/// <remarks>
/// Memory is one array of <c>count × dimension</c> floats, rented from the shared pool and given back by
/// <see cref="Dispose"/>. Different rows may be filled from different threads; one row only from one.
/// </remarks>
public sealed class VectorBlock : IDisposable
{
    private float[] _values;
    private readonly bool[] _encoded;
    private readonly string?[] _failures;
    private List<(int Index, int LostTokens)>? _truncated;

    /// <summary>Creates a block with no results.</summary>
    /// <param name="count">The number of texts.</param>
    /// <param name="dimension">The number of components of a vector.</param>
    public VectorBlock(int count, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        Count = count;
        Dimension = dimension;
        _values = ArrayPool<float>.Shared.Rent(checked(count * dimension));
        _encoded = new bool[count];
        _failures = new string?[count];
    }

    /// <summary>The number of texts.</summary>
    public int Count { get; }

    /// <summary>The number of components of a vector.</summary>
    public int Dimension { get; }

    /// <summary>What the encoder did for the texts; to be set by it, where it counts. Default nothing.</summary>
    public EncodingCost Cost { get; set; }

    /// <summary>The vector of a text, to be filled or read.</summary>
    public Span<float> Row(int index) => _values.AsSpan(index * Dimension, Dimension);

    /// <summary>The vector of a text, for a consumer that outlives the stack frame.</summary>
    public ReadOnlyMemory<float> RowMemory(int index) => _values.AsMemory(index * Dimension, Dimension);

    /// <summary>Says that the vector of a text is complete.</summary>
    public void MarkEncoded(int index) => _encoded[index] = true;

    /// <summary>Says that a text cannot be encoded.</summary>
    /// <param name="index">The text.</param>
    /// <param name="reason">Why, without the text itself.</param>
    public void Fail(int index, string reason)
    {
        _encoded[index] = false;
        _failures[index] = reason;
    }

    /// <summary>Says that the end of a text, or its beginning, is not in its vector. From one thread, for any text.</summary>
    /// <param name="index">The text.</param>
    /// <param name="lostTokens">The tokens that were cut off.</param>
    public void MarkTruncated(int index, int lostTokens) => (_truncated ??= []).Add((index, lostTokens));

    /// <summary>The texts of which not all is in the vector, with the tokens that were cut off.</summary>
    public IReadOnlyList<(int Index, int LostTokens)> Truncated => _truncated ?? [];

    /// <summary>True when the vector of a text is complete.</summary>
    public bool IsEncoded(int index) => _encoded[index];

    /// <summary>Why a text could not be encoded; null when it could, or was not tried.</summary>
    public string? Failure(int index) => _failures[index];

    /// <summary>Gives the memory back; no row may be used afterwards.</summary>
    public void Dispose()
    {
        if (_values.Length > 0)
        {
            ArrayPool<float>.Shared.Return(_values);
            _values = [];
        }
    }
}
