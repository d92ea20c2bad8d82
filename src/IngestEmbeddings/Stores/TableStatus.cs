namespace IngestEmbeddings.Stores;

/// <summary>The state of a table.</summary>
public sealed record TableStatus
{
    /// <summary>False: rows, pending and changed ones are estimated from a sample. Default true.</summary>
    public bool IsExact { get; init; } = true;

    /// <summary>Rows with text.</summary>
    public required long Rows { get; init; }

    /// <summary>The rows among the pending ones whose text has changed since their vector was made; 0 where the table cannot tell.</summary>
    public long Changed { get; init; }

    /// <summary>What made the vectors, as runs have recorded it; one for each model whose vectors the table keeps.</summary>
    public IReadOnlyList<VectorOrigin> Origins { get; init; } = [];

    /// <summary>Rows with text that are done: neither pending nor failed.</summary>
    public long Done => Math.Max(0, Rows - Pending - Failed);

    /// <summary>The share of the rows with text that are done; 1 for a table without any.</summary>
    public double Coverage => Rows == 0 ? 1 : (double)Done / Rows;

    /// <summary>Rows that a run would do: with text, not done, not failed.</summary>
    public required long Pending { get; init; }

    /// <summary>How many rows have failed.</summary>
    public required long Failed { get; init; }

    /// <summary>Some of the failed rows, in the order in which they failed.</summary>
    public required IReadOnlyList<FailedRow> FailedRows { get; init; }

    /// <summary>The runs that are active or were stopped.</summary>
    public IReadOnlyList<RunStatus> Runs { get; init; } = [];

    /// <summary>Vectors or metrics rows that rows which are gone, or have no text any more, have left behind. Default 0.</summary>
    public long Gone { get; init; }
}

/// <summary>A failed row.</summary>
/// <param name="Key">Its key, as messages show it.</param>
/// <param name="Stage">The stage that failed.</param>
/// <param name="Reason">What went wrong, without the text of the row.</param>
public sealed record FailedRow(string Key, string Stage, string Reason);

/// <summary>A run that has not ended.</summary>
/// <param name="Model">Its model; <c>metrics</c> for metrics alone.</param>
/// <param name="Began">When it began.</param>
/// <param name="Replaces">True for a re-embedding.</param>
/// <param name="Sweep">0 in the first pass over the table, then the number of the sweep.</param>
/// <param name="Claims">Claims that are held at present.</param>
/// <param name="Workers">The workers that were last seen, the most recent first.</param>
public sealed record RunStatus(
    string Model, DateTimeOffset Began, bool Replaces, int Sweep, long Claims, IReadOnlyList<WorkerStatus> Workers)
{
    // A worker reports every few seconds; one that has been silent for a minute has probably ended.
    private static readonly TimeSpan Lost = TimeSpan.FromMinutes(1);

    /// <summary>Rows that the workers seen in the last minute write a second; null where that is not known yet.</summary>
    public double? RowsPerSecond =>
        Workers.Where(static worker => worker.Silent < Lost).Sum(static worker => worker.RowsPerSecond ?? 0) is > 0 and var rate ? rate : null;
}

/// <summary>A worker of a run.</summary>
/// <param name="Name">Host, process and number.</param>
/// <param name="Rows">Rows that it had written when it was last seen.</param>
/// <param name="Silent">How long ago that was.</param>
public sealed record WorkerStatus(string Name, long Rows, TimeSpan Silent)
{
    /// <summary>How long it had worked when it was last seen; null where that is not known.</summary>
    public TimeSpan? Worked { get; init; }

    /// <summary>Rows that it wrote a second; null where that is not known yet.</summary>
    public double? RowsPerSecond => Worked is { TotalSeconds: > 0 } worked && Rows > 0 ? Rows / worked.TotalSeconds : null;
}
