namespace IngestEmbeddings.Splitting;

/// <summary>How documents are split.</summary>
public sealed record SplitOptions
{
    /// <summary>The minimum of <see cref="Tokens"/>.</summary>
    public const int MinTokens = 16;

    /// <summary>The maximum tokens of a chunk, the special tokens of the model and its prompt included; at least <see cref="MinTokens"/>.</summary>
    public required int Tokens { get; init; }

    /// <summary>The maximum tokens that a chunk repeats of the one before; at most half of <see cref="Tokens"/>. Default 0.</summary>
    public int Overlap { get; init; }

    /// <summary>Where chunks preferably end. Default: at the end of a sentence.</summary>
    public SplitBy By { get; init; }

    /// <summary>True to put the headings of Markdown that a chunk stands under before it. Default false.</summary>
    public bool HeadingContext { get; init; }

    /// <summary>Throws where a number is out of its range.</summary>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Tokens, MinTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(Overlap);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Overlap, Tokens / 2);
    }
}

/// <summary>Where chunks preferably end; what is too long for a chunk is divided at the next finer borders.</summary>
public enum SplitBy
{
    /// <summary>Between sentences (Unicode Standard Annex 29).</summary>
    Sentence,

    /// <summary>Between paragraphs: at blank lines.</summary>
    Paragraph,

    /// <summary>Before headings of Markdown, then between its blocks; code between fences is one block.</summary>
    Markdown,

    /// <summary>Between words: chunks are as full as can be.</summary>
    Tokens,
}
