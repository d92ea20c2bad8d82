namespace IngestEmbeddings.Stores;

/// <summary>What a run is asked to do, to be planned.</summary>
public sealed record PlanRequest
{
    /// <summary>What the run makes for each row.</summary>
    public required IngestWork Work { get; init; }

    /// <summary>The workers of the run. Default 1.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Rows after which it stops; null for all. Default null.</summary>
    public long? Limit { get; init; }

    /// <summary>True when it ends a run with another model first. Default false.</summary>
    public bool Supersede { get; init; }

    /// <summary>True to read the sample alone: nothing is counted and nothing checked. Default false.</summary>
    public bool SamplesOnly { get; init; }

    /// <summary>The maximum texts to sample. Default 5000.</summary>
    public int SampleRows { get; init; } = 5000;
}

/// <summary>What a run would do to a table, and what it needs. Read without writing anything.</summary>
public sealed record TablePlan
{
    /// <summary>False: rows are estimated from a sample. Default true.</summary>
    public bool IsExact { get; init; } = true;

    /// <summary>Rows to do, whatever the limit.</summary>
    public required long Pending { get; init; }

    /// <summary>Rows among them whose text has changed since their vector was made. Default 0.</summary>
    public long Changed { get; init; }

    /// <summary>Rows that failed in earlier runs. Default 0.</summary>
    public long Failed { get; init; }

    /// <summary>Vectors and metrics that the run would remove, because their rows are gone or blank. Default 0.</summary>
    public long Gone { get; init; }

    /// <summary>Rows among the pending ones that repeat the text of another one; null where that is not known.</summary>
    public long? Repeated { get; init; }

    /// <summary>Texts of pending rows, from all over them.</summary>
    public required IReadOnlyList<string> Sample { get; init; }

    /// <summary>The keys of <see cref="Sample"/>, as messages show them.</summary>
    public required IReadOnlyList<string> SampleKeys { get; init; }

    /// <summary>By how many bytes a row makes the store grow; null where that is not known.</summary>
    public RowGrowth? Growth { get; init; }

    /// <summary>The connections that the run opens; null where the store has none.</summary>
    public int? ConnectionsNeeded { get; init; }

    /// <summary>The connections that the server has left for this role; null where the store has none.</summary>
    public long? ConnectionsFree { get; init; }

    /// <summary>Why a run would be refused, with what helps. Default nothing.</summary>
    public IReadOnlyList<string> Refusals { get; init; } = [];
}

/// <summary>By how many bytes a row makes a store grow.</summary>
/// <param name="Table">The tables: vectors and metrics, and the new version of the row where it is rewritten.</param>
/// <param name="Log">The server's log; 0 where the store has none.</param>
/// <param name="Index">The indexes over the vectors, and the keys of what is inserted.</param>
public sealed record RowGrowth(long Table, long Log, long Index);
