namespace IngestEmbeddings.Tokenizing;

/// <summary>Turns text into the token ids of a model, special tokens included.</summary>
/// <remarks>Immutable; one instance serves all threads.</remarks>
public interface ITokenizer
{
    /// <summary>The id that fills up shorter rows of a batch.</summary>
    int PadId { get; }

    /// <summary>The special tokens before each text. Default none.</summary>
    ReadOnlySpan<int> Before => [];

    /// <summary>The special tokens after each text. Default none.</summary>
    ReadOnlySpan<int> After => [];

    /// <summary>Appends the tokens of a text, with the model's special tokens around them.</summary>
    /// <param name="text">The text, prefix included.</param>
    /// <param name="maxTokens">The maximum tokens to append, special tokens included; the end of the text is cut to fit.</param>
    /// <param name="tokens">Where the ids go; owned by the caller and only appended to.</param>
    /// <returns>How many tokens of the text were cut off; 0 when it fitted.</returns>
    /// <exception cref="TokenizerException">The text takes more time or memory than a text may; its row fails.</exception>
    int Encode(ReadOnlySpan<char> text, int maxTokens, TokenBuffer tokens);
}
