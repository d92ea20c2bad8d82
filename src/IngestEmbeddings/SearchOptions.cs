namespace IngestEmbeddings;

/// <summary>How a <see cref="TableSearch"/> looks for rows.</summary>
public sealed record SearchOptions
{
    /// <summary>The maximum rows to find, at least 1. Default 10.</summary>
    public int Top { get; init; } = 10;

    /// <summary>Columns of the table or of its metrics table whose values come with each row. Default none.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>True to compare every vector, whatever indexes there are. Default false.</summary>
    public bool Exact { get; init; }

    /// <summary>True to fuse the nearest rows with those that have the words of the text. Default false.</summary>
    public bool Hybrid { get; init; }
}
