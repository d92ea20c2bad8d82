using System.Collections;
using IngestEmbeddings.Postgres.Catalog;
using Npgsql;
using NpgsqlTypes;
using Pgvector;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>Makes an array of vectors, sent in binary, of the type of the column.</summary>
internal sealed class VectorParameter(CatalogColumn column)
{
    public NpgsqlParameter Create(IReadOnlyList<ReadOnlyMemory<float>> vectors) => column.TypeName switch
    {
        "halfvec" => new NpgsqlParameter<HalfVector[]> { TypedValue = [.. vectors.Select(ToHalf)] },
        "bit" => new NpgsqlParameter<BitArray[]>
        {
            TypedValue = [.. vectors.Select(ToSigns)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bit,
        },
        _ => new NpgsqlParameter<Vector[]> { TypedValue = [.. vectors.Select(vector => new Vector(vector))] },
    };

    // As pgvector's binary_quantize does it: a bit is set where the component is greater than 0.
    private static BitArray ToSigns(ReadOnlyMemory<float> vector)
    {
        var signs = new BitArray(vector.Length);
        for (var i = 0; i < vector.Length; i++)
        {
            signs[i] = vector.Span[i] > 0;
        }

        return signs;
    }

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
