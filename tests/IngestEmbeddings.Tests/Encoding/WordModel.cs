using IngestEmbeddings.Batching;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Tests.Encoding;

/// <summary>A tokenizer of one token a character, and a model that fails where a test says. The vector is (1, 0) or (0, 1).</summary>
internal sealed class WordModel : IModel, ITokenizer
{
    /// <summary>A text with it takes the tokenizer too long.</summary>
    public const char Endless = '\a';

    private int _calls;
    private int _failures;

    /// <summary>Whether a call fails.</summary>
    public Func<TokenBatch, bool> Fails { get; init; } = static _ => false;

    /// <summary>Is called before each call.</summary>
    public Action Before { get; init; } = static () => { };

    public int Calls => _calls;

    public int Failures => _failures;

    /// <summary>The rows of each call that worked, in order.</summary>
    public List<int> Rows { get; } = [];

    public int Dimension => 2;

    public int PadId => 0;

    public int Encode(ReadOnlySpan<char> text, int maxTokens, TokenBuffer tokens)
    {
        foreach (var c in text[..Math.Min(text.Length, maxTokens)])
        {
            tokens.Add(c);
            if (c == Endless)
            {
                throw new TokenizerException("too long");
            }
        }

        return Math.Max(0, text.Length - maxTokens);
    }

    public void Run(TokenBatch batch, Span<float> vectors)
    {
        Before();
        Interlocked.Increment(ref _calls);
        if (Fails(batch))
        {
            Interlocked.Increment(ref _failures);
            throw new ModelCallException("too much");
        }

        lock (Rows)
        {
            Rows.Add(batch.Rows);
        }

        for (var row = 0; row < batch.Rows; row++)
        {
            vectors[2 * row] = batch.Ids[row * batch.SequenceLength] % 2;
            vectors[(2 * row) + 1] = 1 - vectors[2 * row];
        }
    }

    public ModelEncoder Encoder(BatchBudget budget, IIngestObserver? observer = null, int? maxTokens = null) => new(
        new EncoderDescription { Model = "words", Dimension = 2, Fingerprint = "0", MaxTokens = maxTokens }, this, this, budget, observer);

    public void Dispose()
    {
    }
}
