using IngestEmbeddings.Postgres.Catalog;
using Npgsql;
using Pgvector;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>Makes an array of vectors, sent in binary, of the type of the column.</summary>
internal sealed class VectorParameter(CatalogColumn column)
{
    private readonly bool _half = column.TypeName == "halfvec";

    public NpgsqlParameter Create(IReadOnlyList<ReadOnlyMemory<float>> vectors) => _half
        ? new NpgsqlParameter<HalfVector[]> { TypedValue = [.. vectors.Select(ToHalf)] }
        : new NpgsqlParameter<Vector[]> { TypedValue = [.. vectors.Select(vector => new Vector(vector))] };

    private static HalfVector ToHalf(ReadOnlyMemory<float> vector)
    {
        var halves = new Half[vector.Length];
        for (var index = 0; index < halves.Length; index++)
        {
            halves[index] = (Half)vector.Span[index];
        }

        return new HalfVector(halves);
    }
}
