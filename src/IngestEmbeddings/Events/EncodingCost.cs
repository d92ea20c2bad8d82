namespace IngestEmbeddings.Events;

/// <summary>What an encoder did for some texts.</summary>
/// <param name="Tokens">Tokens that went through the model, without padding; 0 where the encoder has none.</param>
/// <param name="Repeated">Texts that repeat another one and were not encoded again.</param>
/// <param name="Truncated">Texts that were longer than the model takes.</param>
/// <param name="LostTokens">Tokens cut off from them.</param>
/// <param name="Tokenizing">How long it took to make tokens of the texts.</param>
public readonly record struct EncodingCost(long Tokens, int Repeated, int Truncated, long LostTokens, TimeSpan Tokenizing);
