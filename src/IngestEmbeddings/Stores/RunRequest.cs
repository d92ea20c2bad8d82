using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;

namespace IngestEmbeddings.Stores;

/// <summary>What a run is to do.</summary>
public sealed record RunRequest
{
    /// <summary>What the run makes for each row.</summary>
    public required IngestWork Work { get; init; }

    /// <summary>What makes the metrics, to be recorded; null to record nothing. Default null.</summary>
    public MetricsRecipe? Recipe { get; init; }

    /// <summary>
    /// True to wait for new and changed rows and to do them as they come: the run ends when it is stopped. PostgreSQL: the table
    /// must note its changes (<see cref="InitRequest.TracksChanges"/>). Default false.
    /// </summary>
    public bool Watch { get; init; }

    /// <summary>True to count, for each row, the rows of the table with the same text.</summary>
    public bool Frequency { get; init; }

    /// <summary>
    /// True to drop the indexes over the vectors before the run and to build them again after it; a run that dies in between
    /// leaves that to the next. Stores without such indexes ignore it. Default false.
    /// </summary>
    public bool RebuildIndex { get; init; }

    /// <summary>Parallel workers of the server for each such build; null for what is safe. Default null.</summary>
    public int? IndexWorkers { get; init; }

    /// <summary>
    /// True to end an active run over the same column with another model, or that does not replace what this one would: its
    /// workers can write nothing more. False: such a run is an error. Default false.
    /// </summary>
    public bool Supersede { get; init; }

    /// <summary>True to do the failed rows of earlier runs again.</summary>
    public bool RetryFailed { get; init; }

    /// <summary>How many workers this process opens; sizes the claims. Default 1.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>The maximum rows that a session is asked for at a time; sizes the claims. Default 512.</summary>
    public int WindowRows { get; init; } = 512;

    /// <summary>Rows that are written at a time; where few are pending, claims are no larger than whole batches for every worker. Default 512.</summary>
    public int BatchRows { get; init; } = 512;

    /// <summary>The rows, in whole batches, of which each worker gets several where so many are pending. One worker may take all at once.</summary>
    /// <param name="pending">Rows to do.</param>
    /// <param name="workers">The workers, at least 1.</param>
    /// <param name="batchRows">Rows of a batch, at least 1.</param>
    /// <returns>At least one batch.</returns>
    public static long ShareOf(long pending, int workers, int batchRows)
    {
        const int Several = 4;
        var share = workers == 1 ? pending : pending / ((long)workers * Several);
        return Math.Max(batchRows, share / batchRows * batchRows);
    }

    /// <summary>Observes events of the store, such as a retry or a warning about the table. Default none.</summary>
    public IIngestObserver Observer { get; init; } = EventChannel.None;
}
