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
