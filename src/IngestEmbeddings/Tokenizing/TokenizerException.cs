namespace IngestEmbeddings.Tokenizing;

/// <summary>A text that a tokenizer does not encode within its limits of time and size. Only this text's row fails.</summary>
public sealed class TokenizerException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="reason">Which limit, without the text.</param>
    /// <param name="inner">What was thrown first.</param>
    public TokenizerException(string reason, Exception? inner = null)
        : base(reason, inner)
    {
    }
}
