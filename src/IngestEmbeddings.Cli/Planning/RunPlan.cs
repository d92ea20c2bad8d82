using IngestEmbeddings.Encoding;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Cli.Planning;

/// <summary>What a run would do, and about how long it would take.</summary>
internal sealed record RunPlan
{
    /// <summary>Where the store is, fit to be shown.</summary>
    public required string Store { get; init; }

    public required TableDescription Description { get; init; }

    /// <summary>The encoder; null for metrics alone.</summary>
    public required EncoderDescription? Encoder { get; init; }

    public required TablePlan Table { get; init; }

    /// <summary>Rows that the run would do: the pending ones, at most the limit.</summary>
    public required long Rows { get; init; }

    public required int Workers { get; init; }

    /// <summary>True when the frequency is computed.</summary>
    public required bool Frequency { get; init; }

    /// <summary>What the tokenizer makes of the sample; null without a tokenizer, or without rows.</summary>
    public TextProfile? Profile { get; init; }

    /// <summary>How fast it is on this machine; null where there is nothing to do.</summary>
    public SpeedEstimate? Speed { get; init; }

    /// <summary>The tokens of all rows; null where they are not known.</summary>
    public long? Tokens => Profile is { } profile ? (long)Math.Round(profile.Mean * Rows) : null;

    /// <summary>The bytes by which the store grows; null where that is not known.</summary>
    public RowGrowth? Growth => Table.Growth is { } row ? new RowGrowth(row.Table * Rows, row.Log * Rows, row.Index * Rows) : null;
}
