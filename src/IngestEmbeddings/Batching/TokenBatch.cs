using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Batching;

/// <summary>The texts of one model call: a flat, row-major matrix of token ids, short rows filled up at their end.</summary>
/// <remarks>Owned by one thread. Filling it again keeps the memory.</remarks>
public sealed class TokenBatch
{
    private int[] _ids = [];
    private int[] _lengths = [];

    /// <summary>The number of texts.</summary>
    public int Rows { get; private set; }

    /// <summary>The number of columns: the tokens of the longest text.</summary>
    public int SequenceLength { get; private set; }

    /// <summary>The ids, <see cref="Rows"/> × <see cref="SequenceLength"/>, padding included.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Rows * SequenceLength);

    /// <summary>The tokens of each text; what follows in its row is padding.</summary>
    public ReadOnlySpan<int> Lengths => _lengths.AsSpan(0, Rows);

    /// <summary>Takes over some texts of a buffer.</summary>
    /// <param name="tokens">The tokens of all texts.</param>
    /// <param name="texts">Which texts, in the order of the rows.</param>
    /// <param name="padId">The id that fills up shorter rows.</param>
    public void Fill(TokenBuffer tokens, ReadOnlySpan<int> texts, int padId)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        Rows = texts.Length;
        SequenceLength = 0;
        foreach (var text in texts)
        {
            SequenceLength = Math.Max(SequenceLength, tokens[text].Length);
        }

        Grow(ref _lengths, Rows);
        Grow(ref _ids, Rows * SequenceLength);
        for (var row = 0; row < Rows; row++)
        {
            var source = tokens[texts[row]];
            var target = _ids.AsSpan(row * SequenceLength, SequenceLength);
            source.CopyTo(target);
            target[source.Length..].Fill(padId);
            _lengths[row] = source.Length;
        }
    }

    private static void Grow(ref int[] array, int length)
    {
        if (array.Length < length)
        {
            array = new int[length];
        }
    }
}
