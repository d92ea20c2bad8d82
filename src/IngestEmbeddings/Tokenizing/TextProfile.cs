namespace IngestEmbeddings.Tokenizing;

/// <summary>What a tokenizer makes of some texts.</summary>
public sealed record TextProfile
{
    /// <summary>The texts.</summary>
    public required int Texts { get; init; }

    /// <summary>The tokens of each text that reach the model, special tokens and the prompt included, in ascending order.</summary>
    public required IReadOnlyList<int> Lengths { get; init; }

    /// <summary>Texts that are longer than the model takes.</summary>
    public required int Truncated { get; init; }

    /// <summary>Tokens that are cut off from them.</summary>
    public required long LostTokens { get; init; }

    /// <summary>The texts that lose tokens, as indexes, with the tokens that they lose.</summary>
    public IReadOnlyList<(int Text, int LostTokens)> TruncatedTexts { get; init; } = [];

    /// <summary>Tokens of the texts that stand for something that the vocabulary does not have.</summary>
    public required long UnknownTokens { get; init; }

    /// <summary>The characters, outside of ASCII, that the model does not see as they are; the most frequent first.</summary>
    public required IReadOnlyList<UnseenCharacter> Unseen { get; init; }

    /// <summary>All tokens that reach the model.</summary>
    public long Tokens => Lengths.Sum(static length => (long)length);

    /// <summary>Tokens a text.</summary>
    public double Mean => Texts == 0 ? 0 : (double)Tokens / Texts;

    /// <summary>The tokens that a share of the texts has at most.</summary>
    /// <param name="share">The share, 0 to 1.</param>
    public int Quantile(double share) => Texts == 0 ? 0 : Lengths[Math.Clamp((int)Math.Ceiling(share * Texts) - 1, 0, Texts - 1)];

    /// <summary>Texts by their tokens: up to 8, 16, 32, and so on.</summary>
    public IReadOnlyList<(int MaxTokens, int Texts)> Histogram()
    {
        var bins = new List<(int MaxTokens, int Texts)>();
        var counted = 0;
        for (var max = 8; counted < Texts; max *= 2)
        {
            var texts = Lengths.Count(length => length <= max) - counted;
            bins.Add((max, texts));
            counted += texts;
        }

        return bins;
    }
}

/// <summary>A character that the model does not see as it is.</summary>
/// <param name="Character">The character.</param>
/// <param name="Count">How often the texts have it.</param>
/// <param name="ReadAs">The letter that the model sees in its place; empty for nothing at all; null for an unknown token.</param>
public sealed record UnseenCharacter(string Character, long Count, string? ReadAs);
