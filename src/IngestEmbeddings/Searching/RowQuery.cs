using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Searching;

/// <summary>Which rows of a table are looked for.</summary>
public abstract record RowQuery
{
    private protected RowQuery()
    {
    }

    /// <summary>The maximum rows to find, at least 1. Default 10.</summary>
    public int Top { get; init; } = 10;

    /// <summary>Columns of the table or of its metrics table whose values come with each row. Default none.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];
}

/// <summary>The rows whose vectors have the greatest cosine with a vector; of vectors of bits, the most bits in common.</summary>
/// <param name="Vector">The vector.</param>
public sealed record NearestQuery(ReadOnlyMemory<float> Vector) : RowQuery
{
    /// <summary>The candidates that an index looks at, where the query names none.</summary>
    public const int DefaultCandidates = 40;

    /// <summary>The maximum candidates that an index can look at.</summary>
    public const int MaxCandidates = 1000;

    /// <summary>
    /// The candidates that an index looks at, up to <see cref="MaxCandidates"/>; the index is then used even where comparing every vector
    /// is faster. Null: enough for the rows wanted. Default null.
    /// </summary>
    public int? Candidates { get; init; }

    /// <summary>Whose vectors, where those of several models are kept; null: all of them. Default null.</summary>
    public ModelIdentity? Model { get; init; }

    /// <summary>True where all vectors of the column have length 1: their inner product is their cosine. Default false.</summary>
    public bool Normalized { get; init; }

    /// <summary>True to compare every vector, whatever indexes there are. Default false.</summary>
    public bool Exact { get; init; }

    /// <summary>The key of a row that is left out, a value for each key column; null for none. Default null.</summary>
    public IReadOnlyList<string>? Without { get; init; }
}

/// <summary>The rows that have all of some words in the full text of the table.</summary>
/// <param name="Words">The words, as a person types them into a search.</param>
public sealed record MatchQuery(string Words) : RowQuery;
