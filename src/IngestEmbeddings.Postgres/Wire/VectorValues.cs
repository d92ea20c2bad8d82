using System.Globalization;
using System.Text;
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

    /// <summary>One vector, as a parameter.</summary>
    public static NpgsqlParameter Create(CatalogColumn column, ReadOnlyMemory<float> vector) => column.TypeName switch
    {
        "halfvec" => Statements.Value(new SentVector<Halves>(vector)),
        "bit" => Statements.Value(new SentVector<Signs>(vector)),
        _ => Statements.Value(new SentVector<Singles>(vector)),
    };

    /// <summary>A vector as the server writes it: <c>[1,-0.5]</c>, or <c>10</c> of bits.</summary>
    public static string Text(CatalogColumn column, ReadOnlySpan<float> vector)
    {
        var text = new StringBuilder(vector.Length * 12);
        foreach (var component in vector)
        {
            if (column.TypeName == "bit")
            {
                text.Append(component > 0 ? '1' : '0');
            }
            else
            {
                text.Append(text.Length == 0 ? '[' : ',').Append(component.ToString("R", CultureInfo.InvariantCulture));
            }
        }

        return column.TypeName == "bit" ? text.ToString() : text.Append(']').ToString();
    }

    /// <summary>A vector as a query returns it: an array of numbers, or the text of bits.</summary>
    public static float[] Read(object value) => value is string bits
        ? [.. bits.Select(static bit => bit == '1' ? 1f : -1f)]
        : (float[])value;

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
