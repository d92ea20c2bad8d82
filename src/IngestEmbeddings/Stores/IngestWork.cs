using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Stores;

/// <summary>What a run makes for each row, and so which rows are pending.</summary>
public abstract record IngestWork
{
    private protected IngestWork()
    {
    }

    /// <summary>The encoder whose vectors are written; null where none are.</summary>
    public virtual EncoderDescription? Encoder => null;
}

/// <summary>A vector, and the metrics with it, for rows that have no vector of this encoder.</summary>
public sealed record EmbedWork : IngestWork
{
    /// <summary>Describes the work.</summary>
    /// <param name="encoder">The encoder whose vectors are written.</param>
    public EmbedWork(EncoderDescription encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        Encoder = encoder;
    }

    /// <inheritdoc/>
    public override EncoderDescription Encoder { get; }

    /// <summary>
    /// True to replace the vectors that exist, row by row, by this encoder's; the column then belongs to it. A stopped run of
    /// that kind is resumed by the next one. False: only rows without a vector are done. Default false.
    /// </summary>
    public bool Replace { get; init; }

    /// <summary>What is done with rows whose text has changed since their vector was made. Default: they are done again.</summary>
    public ChangedTexts Changed { get; init; }
}

/// <summary>Metrics alone, for rows that have a vector and no metrics.</summary>
public sealed record MeasureWork : IngestWork
{
    /// <summary>
    /// True to make the metrics of every row that has a vector again, row by row. A stopped run of that kind is resumed by the
    /// next one. Default false.
    /// </summary>
    public bool Recompute { get; init; }
}
