using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Tokenizers.Models;

/// <summary>Turns one piece of text into ids of the vocabulary. Immutable; one instance serves all threads.</summary>
internal abstract class TokenModel
{
    /// <summary>Appends the ids of a piece.</summary>
    /// <param name="piece">A piece as the pre-tokenizers made it, not empty.</param>
    /// <param name="tokens">Where the ids go.</param>
    public abstract void Tokenize(ReadOnlySpan<char> piece, TokenBuffer tokens);

    /// <summary>The highest id of the vocabulary.</summary>
    public abstract int MaxId { get; }

    /// <summary>The id of a token of the vocabulary.</summary>
    public abstract bool TryGetId(string token, out int id);
}
