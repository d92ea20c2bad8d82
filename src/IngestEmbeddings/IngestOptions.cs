using IngestEmbeddings.Stores;

namespace IngestEmbeddings;

/// <summary>How a run goes about its work. Validated by <see cref="IngestPipeline"/>.</summary>
public sealed record IngestOptions
{
    /// <summary>The number of rows that a window is filled up to, when a batch is smaller.</summary>
    internal const int TargetWindowRows = 512;

    /// <summary>
    /// The same where nothing is encoded: a row then takes microseconds, and what a statement costs by itself would show.
    /// </summary>
    internal const int TargetMetricsWindowRows = 16384;

    /// <summary>Parallel workers, each with a connection of its own, all sharing one encoder. Default 1.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>
    /// Rows that are written, and reported, at a time. Default 100. Metrics alone are written by the window and reported by
    /// the batch, unless <see cref="Sleep"/> asks for a pause after each batch.
    /// </summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>Rows after which to stop; null for all. Default null.</summary>
    public long? Limit { get; init; }

    /// <summary>The maximum failed rows of this process before it stops; null for any number. Default null.</summary>
    public long? MaxFailures { get; init; }

    /// <summary>
    /// Rows that are encoded again and compared before a model is recorded for vectors of which nothing is known; 0 to record it unseen.
    /// Default 20.
    /// </summary>
    public int AdoptSample { get; init; } = 20;

    /// <summary>How long each worker pauses after a batch. Default none.</summary>
    public TimeSpan Sleep { get; init; }

    /// <summary>The clock of waits and durations. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where tests stop, kill or delay the program. Default: nowhere.</summary>
    public Failpoints Failpoints { get; init; } = Failpoints.None;

    /// <summary>
    /// Rows of a window: as many whole batches as fit into 512 rows, at least one. A window of several batches gives the
    /// grouping by length rows to choose from; a larger one would only hold more memory and lose more when killed.
    /// </summary>
    public int WindowRows => WholeBatches(TargetWindowRows);

    /// <summary>Rows of a window where nothing is encoded: as many whole batches as fit into 16,384 rows, at least one.</summary>
    public int MetricsWindowRows => WholeBatches(TargetMetricsWindowRows);

    /// <summary>The request of a run that goes about its work so.</summary>
    /// <param name="work">What the run makes for each row.</param>
    public RunRequest RequestFor(IngestWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return new RunRequest
        {
            Work = work,
            Workers = Workers,
            WindowRows = work.Encoder is null ? MetricsWindowRows : WindowRows,
            BatchRows = BatchSize,
        };
    }

    /// <summary>The window for a table of few rows: small enough, in whole batches, that every worker gets several and all end at about the same time.</summary>
    internal int WindowRowsFor(long rows, bool encodes) =>
        (int)Math.Min(RunRequest.ShareOf(rows, Workers, BatchSize), encodes ? WindowRows : MetricsWindowRows);

    private int WholeBatches(int rows) => Math.Max(BatchSize, rows / BatchSize * BatchSize);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Limit ?? 1, 1, nameof(Limit));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFailures ?? 1, 1, nameof(MaxFailures));
        ArgumentOutOfRangeException.ThrowIfLessThan(Sleep, TimeSpan.Zero);
    }
}
