namespace IngestEmbeddings.Stores;

/// <summary>The state of a table.</summary>
public sealed record TableStatus
{
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
    string Model, DateTimeOffset Began, bool Replaces, int Sweep, long Claims, IReadOnlyList<WorkerStatus> Workers);

/// <summary>A worker of a run.</summary>
/// <param name="Name">Host, process and number.</param>
/// <param name="Rows">Rows that it had written when it was last seen.</param>
/// <param name="Silent">How long ago that was.</param>
public sealed record WorkerStatus(string Name, long Rows, TimeSpan Silent);
