using System.Globalization;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Postgres.Indexes;

/// <summary>What an index over a column of vectors needs. Pure arithmetic over pgvector's own limits and structures.</summary>
/// <param name="column">The column.</param>
/// <param name="dimension">Its dimension.</param>
internal sealed class IndexPlan(CatalogColumn column, int dimension)
{
    // pgvector's default of links a node has on the upper levels of the graph; twice as many on the lowest.
    private const int Links = 16;

    // Bytes of a link in memory, and of a node around its vector and its links: measured 2.2 kB a node of 384 floats.
    private const int LinkBytes = 16;
    private const int NodeBytes = 160;

    /// <summary>The maximum dimensions of an index over a type.</summary>
    public static int MaxDimensions(string type) => type switch
    {
        "halfvec" => 4_000,
        "bit" => 64_000,
        _ => 2_000,
    };

    /// <exception cref="IngestException">pgvector indexes no vectors of that dimension.</exception>
    public void Check()
    {
        var max = MaxDimensions(column.TypeName);
        if (dimension > max)
        {
            var half = column.TypeName == "vector" && dimension <= MaxDimensions("halfvec")
                ? " A halfvec may have 4,000: ingest-embeddings init --vector-type halfvec."
                : "";
            throw new IngestException(
                IngestError.Configuration,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"pgvector indexes a {column.TypeName} of at most {max:N0} dimensions, and column {column.Name} has {dimension:N0}.{half}"));
        }
    }

    /// <summary>The operator class of a distance, with its schema.</summary>
    public string OperatorClass(VectorDistance distance, string vectorSchema) => $"{vectorSchema}.{Operators(distance)}";

    /// <summary>The bare name of the operator class of a distance.</summary>
    public string Operators(VectorDistance distance) => column.TypeName == "bit" ? "bit_hamming_ops" : column.TypeName + distance switch
    {
        VectorDistance.Euclidean => "_l2_ops",
        VectorDistance.InnerProduct => "_ip_ops",
        _ => "_cosine_ops",
    };

    /// <summary>The memory with which a build stays off the disk, in bytes. A graph that spills takes several times as long.</summary>
    public long MemoryFor(VectorIndexMethod method, long rows) => method == VectorIndexMethod.Hnsw
        ? rows * (VectorBytes + (2L * Links * LinkBytes) + NodeBytes) * 11 / 10
        : Math.Min(rows, Lists(rows) * 50L) * VectorBytes * 2;

    /// <summary>The lists that pgvector's manual advises: rows ÷ 1000, and the root of the rows above a million.</summary>
    public static int Lists(long rows) => (int)Math.Max(10, rows <= 1_000_000 ? rows / 1000 : Math.Sqrt(rows));

    /// <summary>The parameters of an index, as they stand behind its columns.</summary>
    public static string With(VectorIndexMethod method, long rows) => method == VectorIndexMethod.IvfFlat
        ? string.Create(CultureInfo.InvariantCulture, $" WITH (lists = {Lists(rows)})")
        : "";

    private int VectorBytes => column.TypeName switch
    {
        "halfvec" => (2 * dimension) + 8,
        "bit" => (dimension / 8) + 8,
        _ => (4 * dimension) + 8,
    };
}
