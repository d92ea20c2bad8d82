using IngestEmbeddings.Events;

namespace IngestEmbeddings.Stores;

/// <summary>Indexes the vectors of a table for search.</summary>
/// <remarks>Safe for use by several threads.</remarks>
public interface IVectorIndexing
{
    /// <summary>Builds an index over the vectors, without blocking reads and writes.</summary>
    /// <exception cref="IngestException">The vectors have too many dimensions, or there is such an index already.</exception>
    Task<VectorIndexReport> BuildIndexAsync(VectorIndexRequest request, CancellationToken cancellationToken);
}

/// <summary>How an index is to be built.</summary>
public sealed record VectorIndexRequest
{
    /// <summary>The kind of index. Default: a graph.</summary>
    public VectorIndexMethod Method { get; init; }

    /// <summary>The distance that neighbours are found by. Default: cosine; bits have the Hamming distance alone.</summary>
    public VectorDistance Distance { get; init; }

    /// <summary>The maximum memory that the build may take on the server, in bytes. Default 2 GiB.</summary>
    public long MaxMemory { get; init; } = 2L << 30;

    /// <summary>Parallel workers of the server; null for its own setting, or none where that is not safe. Default null.</summary>
    public int? Workers { get; init; }

    /// <summary>Observes the phases of the build. Default none.</summary>
    public IIngestObserver Observer { get; init; } = EventChannel.None;
}

/// <summary>The kinds of index over vectors.</summary>
public enum VectorIndexMethod
{
    /// <summary>A graph of neighbours: slow to build, fast and exact to search.</summary>
    Hnsw,

    /// <summary>Lists around centres: fast to build, on a table that is full.</summary>
    IvfFlat,
}

/// <summary>What the distance of two vectors is.</summary>
public enum VectorDistance
{
    /// <summary>One minus the cosine of their angle.</summary>
    Cosine,

    /// <summary>The length of their difference.</summary>
    Euclidean,

    /// <summary>Their negative inner product.</summary>
    InnerProduct,
}

/// <summary>An index that was built.</summary>
/// <param name="Name">Its name, with its schema.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Elapsed">How long the build took.</param>
public sealed record VectorIndexReport(string Name, long Bytes, TimeSpan Elapsed);
