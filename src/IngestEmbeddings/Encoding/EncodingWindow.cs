using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Encoding;

/// <summary>The texts of one call of an encoder, each different one once.</summary>
internal sealed class EncodingWindow(int rows, VectorBlock vectors, EncodingScratch scratch)
{
    public VectorBlock Vectors => vectors;

    /// <summary>The tokens of the different texts, and what is needed to run them.</summary>
    public EncodingScratch Scratch => scratch;

    /// <summary>For each row, which of the different texts it has.</summary>
    public int[] TextOfRow { get; } = new int[rows];

    /// <summary>For each different text, the first row that has it.</summary>
    public List<int> FirstRow { get; } = new(rows);

    /// <summary>Tokens that have gone through the model.</summary>
    public long TokensRun { get; set; }

    /// <summary>Tokenizes a text that was not there before; one that has no tokens fails at once.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="prompt">What is put before the text.</param>
    /// <param name="maxTokens">The maximum tokens of a text.</param>
    /// <param name="text">The text.</param>
    /// <param name="row">The first row that has it.</param>
    /// <returns>How many tokens were cut off.</returns>
    public int Add(ITokenizer tokenizer, string prompt, int maxTokens, string text, int row)
    {
        var begin = scratch.Tokens.Length;
        var lost = 0;
        try
        {
            lost = tokenizer.Encode(scratch.Prefixed(prompt, text), maxTokens, scratch.Tokens);
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
