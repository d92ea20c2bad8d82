namespace IngestEmbeddings.Stores;

/// <summary>What a kind of store can do. Known before a store is opened, so that a command line is checked against it.</summary>
public sealed record StoreCapabilities
{
    /// <summary>What kind of store it is, in the user's words, such as <c>PostgreSQL</c>.</summary>
    public required string Name { get; init; }

    /// <summary>True when several processes may work on one table; their claims are leases.</summary>
    public bool SharesRuns { get; init; }

    /// <summary>True when existing vectors can be replaced row by row (<see cref="EmbedWork.Replace"/>).</summary>
    public bool ReplacesVectors { get; init; }

    /// <summary>True when a table is made to note its changes before a run can watch it; else the store tells them by itself.</summary>
    public bool TracksChanges { get; init; }

    /// <summary>True when vectors can be indexed for search (<see cref="IIngestTable.Indexing"/>).</summary>
    public bool IndexesVectors { get; init; }

    /// <summary>True when tables are in named schemas.</summary>
    public bool HasSchemas { get; init; }

    /// <summary>Where vectors may be kept.</summary>
    public required IReadOnlyList<VectorPlace> Places { get; init; }

    /// <summary>The forms in which vectors may be kept, each with its maximum dimension.</summary>
    public required IReadOnlyDictionary<VectorForm, int> MaxDimensions { get; init; }
}
