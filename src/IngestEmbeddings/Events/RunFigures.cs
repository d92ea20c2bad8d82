using IngestEmbeddings.Metrics;

namespace IngestEmbeddings.Events;

/// <summary>What a run of this process has done so far.</summary>
public sealed record RunFigures
{
    /// <summary>The maximum different reasons of failed rows that are counted apart.</summary>
    public const int MaxReasons = 100;

    /// <summary>The workers of this process. Default 0: not started.</summary>
    public int Workers { get; init; }

    /// <summary>Rows to do, at most the limit. Default 0.</summary>
    public long Total { get; init; }

    /// <summary>Rows written. Default 0.</summary>
    public long Written { get; init; }

    /// <summary>Rows that failed. Default 0.</summary>
    public long Failed { get; init; }

    /// <summary>Failed rows by stage and reason. Default none.</summary>
    public IReadOnlyDictionary<string, long> FailuresByReason { get; init; } = new Dictionary<string, long>();

    /// <summary>Rows encoded, written or not. Default 0.</summary>
    public long RowsEncoded { get; init; }

    /// <summary>Tokens that went through the model, without padding. Default 0.</summary>
    public long Tokens { get; init; }

    /// <summary>Texts that repeat one of their window and were not encoded again. Default 0.</summary>
    public long Repeated { get; init; }

    /// <summary>Texts that were longer than the model takes. Default 0.</summary>
    public long Truncated { get; init; }

    /// <summary>Tokens cut off from them. Default 0.</summary>
    public long LostTokens { get; init; }

    /// <summary>The rows that lost the most of them, at most <see cref="TruncatedRow.MaxNamed"/>, the worst first. Default none.</summary>
    public IReadOnlyList<TruncatedRow> MostTruncated { get; init; } = [];

    /// <summary>Windows that are read and not yet written. Default 0.</summary>
    public int WindowsInFlight { get; init; }

    /// <summary>Faults of the store that were tried again. Default 0.</summary>
    public long Retries { get; init; }

    /// <summary>Leases lost to other workers. Default 0.</summary>
    public long LeasesLost { get; init; }

    /// <summary>From the first worker's start to the last one's end, or until now. Default none.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The time of each stage. Default none.</summary>
    public StageTimes Stages { get; init; }

    /// <summary>The averages of the metrics over all rows written; null without any.</summary>
    public MetricAverages? Averages { get; init; }

    /// <summary>Rows written a second.</summary>
    public double RowsPerSecond => Rate(Written);

    /// <summary>Tokens encoded a second.</summary>
    public double TokensPerSecond => Rate(Tokens);

    private double Rate(long count) => Elapsed > TimeSpan.Zero ? count / Elapsed.TotalSeconds : 0;
}

/// <summary>
/// The time of each stage, summed over the workers. A worker reads and writes while it encodes, so the sum may be more than
/// the time of the run.
/// </summary>
/// <param name="Read">Claiming and reading rows.</param>
/// <param name="Tokenize">Making tokens of texts.</param>
/// <param name="Encode">Running the model, validating and measuring.</param>
/// <param name="Write">Writing batches.</param>
/// <param name="Wait">Waiting for rows that other workers hold.</param>
public readonly record struct StageTimes(TimeSpan Read, TimeSpan Tokenize, TimeSpan Encode, TimeSpan Write, TimeSpan Wait);
