using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Encoding;

/// <summary>Turns texts into vectors.</summary>
/// <remarks>
/// One instance serves all workers: <see cref="EncodeAsync"/> is called from several threads at once and shares nothing
/// but what is immutable. Disposed once, after the last call has returned.
/// </remarks>
public interface IEncoder : IAsyncDisposable
{
    /// <summary>What the encoder is: model, dimension, limits, prompts, fingerprint.</summary>
    EncoderDescription Description { get; }

    /// <summary>What has been encoded so far, by all calls.</summary>
    EncoderCounters Counters { get; }

    /// <summary>The tokenizer of the model; null where it runs elsewhere, or has none.</summary>
    ITokenizer? Tokenizer => null;

    /// <summary>Encodes texts; the prompt of their role is added here.</summary>
    /// <param name="texts">The texts, read only during the call. A costly encoder runs identical ones once.</param>
    /// <param name="role">Whether the texts are documents or queries.</param>
    /// <param name="vectors">
    /// Where the result of each text goes, in the order of <paramref name="texts"/>: a vector, or a failure of that text
    /// alone.
    /// </param>
    /// <param name="stopping">
    /// Asks to return early: texts not begun are left unmarked and the call returns normally. Never throws for it.
    /// </param>
    /// <exception cref="IngestException">The encoder as a whole cannot go on.</exception>
    ValueTask EncodeAsync(IReadOnlyList<string> texts, TextRole role, VectorBlock vectors, CancellationToken stopping);
}
