using IngestEmbeddings.Batching;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Encoding;

/// <summary>Memory that later calls of an encoder use again. Belongs to one call at a time.</summary>
internal sealed class EncodingScratch
{
    private char[] _text = [];
    private float[] _results = [];

    public TokenBuffer Tokens { get; } = new();

    public TokenBatch Batch { get; } = new();

    /// <summary>A text with the prefix before it; valid until the next call.</summary>
    public ReadOnlySpan<char> Prefixed(string prefix, string text)
    {
        if (prefix.Length == 0)
        {
            return text;
        }

        var length = prefix.Length + text.Length;
        if (_text.Length < length)
        {
            _text = new char[length * 2];
        }

        prefix.CopyTo(_text);
        text.CopyTo(_text.AsSpan(prefix.Length));
        return _text.AsSpan(0, length);
    }

    /// <summary>Room for the vectors of one model call; valid until the next call.</summary>
    public Span<float> Results(int length)
    {
        if (_results.Length < length)
        {
            _results = new float[length];
        }

        return _results.AsSpan(0, length);
    }
}

/// <summary>The texts of one call of an encoder, each different one once.</summary>
internal sealed class EncodingWindow(int rows, VectorBlock vectors, EncodingScratch scratch)
{
    public VectorBlock Vectors => vectors;

    public EncodingScratch Scratch => scratch;

    /// <summary>For each row, which of the different texts it has.</summary>
    public int[] TextOfRow { get; } = new int[rows];

    /// <summary>For each different text, the first row that has it.</summary>
    public List<int> FirstRow { get; } = new(rows);

    /// <summary>Gives rows that repeat a text the result of its first row.</summary>
    /// <returns>The rows that have a vector now.</returns>
    public int Repeat()
    {
        var encoded = 0;
        for (var row = 0; row < TextOfRow.Length; row++)
        {
            var first = FirstRow[TextOfRow[row]];
            if (vectors.IsEncoded(first))
            {
                vectors.Row(first).CopyTo(vectors.Row(row));
                vectors.MarkEncoded(row);
                encoded++;
            }
            else if (first != row && vectors.Failure(first) is { } reason)
            {
                vectors.Fail(row, reason);
            }
        }

        return encoded;
    }
}
