namespace IngestEmbeddings.Encoding;

/// <summary>What an encoder has done so far.</summary>
/// <param name="Rows">Texts encoded, repeated ones included.</param>
/// <param name="Tokens">Tokens that went through the model, without padding.</param>
/// <param name="PaddedTokens">Tokens that went through the model, with padding.</param>
/// <param name="TruncatedRows">Texts that were longer than the model takes.</param>
/// <param name="LostTokens">Tokens cut off from them.</param>
public readonly record struct EncoderCounters(
    long Rows, long Tokens, long PaddedTokens, long TruncatedRows, long LostTokens);
