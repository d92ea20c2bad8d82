using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Encoding;

/// <summary>The texts of one call of an encoder, each different one once; a long one may be several texts of the model.</summary>
internal sealed class EncodingWindow(int rows, VectorBlock vectors, EncodingScratch scratch)
{
    private readonly List<LongText> _longTexts = [];
    private VectorBlock? _windows;
    private int _windowCount;

    public VectorBlock Vectors => vectors;

    /// <summary>The tokens of the different texts, and what is needed to run them.</summary>
    public EncodingScratch Scratch => scratch;

    /// <summary>For each row, which of the different texts it has; of a long one, its first window.</summary>
    public int[] TextOfRow { get; } = new int[rows];

    /// <summary>For each different text, and each window of a long one, the first row that has it.</summary>
    public List<int> FirstRow { get; } = new(rows);

    /// <summary>Tokens that have gone through the model.</summary>
    public long TokensRun { get; set; }

    /// <summary>Tokenizes a text that was not there before; one that has no tokens fails at once.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="prompt">What is put before the text.</param>
    /// <param name="maxTokens">The maximum tokens of a text.</param>
    /// <param name="text">The text.</param>
    /// <param name="row">The first row that has it.</param>
    /// <param name="divider">Divides a text that is too long; null to cut it. Default null.</param>
    /// <returns>How many tokens were cut off.</returns>
    public int Add(ITokenizer tokenizer, string prompt, int maxTokens, string text, int row, LongTextDivider? divider = null)
    {
        var begin = scratch.Tokens.Length;
        var lost = 0;
        try
        {
            lost = tokenizer.Encode(scratch.Prefixed(prompt, text), divider is null ? maxTokens : int.MaxValue, scratch.Tokens);
            if (divider?.Divide(scratch.Tokens, begin) is { Count: > 0 } weights)
            {
                _longTexts.Add(new LongText(row, FirstRow.Count, _windowCount, weights));
                _windowCount += weights.Count;
                FirstRow.AddRange(Enumerable.Repeat(row, weights.Count));
                return 0;
            }
        }
        catch (TokenizerException fault)
        {
            scratch.Tokens.Truncate(begin);
            vectors.Fail(row, fault.Message);
        }

        scratch.Tokens.EndText();
        if (scratch.Tokens[FirstRow.Count].Length == 0 && vectors.Failure(row) is null)
        {
            vectors.Fail(row, "the tokenizer leaves nothing of this text");
        }

        FirstRow.Add(row);
        return lost;
    }

    /// <summary>Takes the vector of a text, or of a window of one.</summary>
    public void Keep(int text, ReadOnlySpan<float> vector)
    {
        var (block, index) = (vectors, FirstRow[text]);
        if (FindLong(text) is { } found)
        {
            (block, index) = (_windows ??= new VectorBlock(_windowCount, vectors.Dimension), found.FirstWindow + text - found.FirstText);
        }

        vector.CopyTo(block.Row(index));
        block.MarkEncoded(index);
    }

    /// <summary>Makes the vectors of long texts, of which every window was run.</summary>
    /// <param name="normalizes">True to scale them to length 1.</param>
    public void Pool(bool normalizes)
    {
        if (_windows is null)
        {
            return;
        }

        foreach (var text in _longTexts)
        {
            if (Enumerable.Range(text.FirstWindow, text.Weights.Count).All(_windows.IsEncoded))
            {
                WindowMean.Write(_windows, text.FirstWindow, text.Weights, normalizes, vectors.Row(text.Row));
                vectors.MarkEncoded(text.Row);
            }
        }

        _windows.Dispose();
        _windows = null;
    }

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

    // They were added in the order of their texts.
    private LongText? FindLong(int text)
    {
        var (low, high) = (0, _longTexts.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = _longTexts[middle];
            if (text < found.FirstText)
            {
                high = middle - 1;
            }
            else if (text >= found.FirstText + found.Weights.Count)
            {
                low = middle + 1;
            }
            else
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>A text in windows.</summary>
    /// <param name="Row">The first row that has it.</param>
    /// <param name="FirstText">Its first window among the texts.</param>
    /// <param name="FirstWindow">The same among the windows of all long texts.</param>
    /// <param name="Weights">The tokens of each window.</param>
    private sealed record LongText(int Row, int FirstText, int FirstWindow, IReadOnlyList<int> Weights);
}
