using IngestEmbeddings.Postgres.Catalog;
using Npgsql;

namespace IngestEmbeddings.Postgres.Wire;

/// <summary>Sends vectors as the type of the column, in an array or in a row of COPY.</summary>
internal static class VectorValues
{
    /// <summary>An array of vectors, as a parameter.</summary>
    public static NpgsqlParameter Create(CatalogColumn column, IReadOnlyList<ReadOnlyMemory<float>> vectors) => column.TypeName switch
    {
        "halfvec" => Array<Halves>(vectors),
        "bit" => Array<Signs>(vectors),
        _ => Array<Singles>(vectors),
    };

    /// <summary>A vector, as a field of COPY.</summary>
    public static void AddTo(CopyPayload payload, ReadOnlySpan<float> vector, CatalogColumn column)
    {
        switch (column.TypeName)
        {
            case "halfvec":
                Add<Halves>(payload, vector);
                break;
            case "bit":
                Add<Signs>(payload, vector);
                break;
            default:
                Add<Singles>(payload, vector);
                break;
        }
    }

    private static NpgsqlParameter<SentVector<TForm>[]> Array<TForm>(IReadOnlyList<ReadOnlyMemory<float>> vectors)
        where TForm : IVectorForm =>
        new() { TypedValue = [.. vectors.Select(static vector => new SentVector<TForm>(vector))] };

    private static void Add<TForm>(CopyPayload payload, ReadOnlySpan<float> vector)
        where TForm : IVectorForm =>
        TForm.Write(vector, payload.Field(TForm.Size(vector.Length)));
}
