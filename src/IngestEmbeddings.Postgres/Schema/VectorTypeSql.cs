using System.Globalization;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Postgres.Schema;

/// <summary>The type of a column of vectors.</summary>
/// <param name="Name">As the user knows it, such as <c>vector(384)</c>.</param>
/// <param name="Sql">With the schema that pgvector is in.</param>
internal sealed record VectorTypeSql(string Name, string Sql)
{
    /// <exception cref="IngestException">pgvector stores no vectors of that dimension.</exception>
    public static void Check(InitRequest request)
    {
        var max = PgVectorLimits.MaxStored[request.Form];
        if (request.Dimension > max)
        {
            throw new IngestException(
                IngestError.Configuration,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"pgvector stores a {PgVectorLimits.TypeName(request.Form)} of at most {max:N0} dimensions, not of {request.Dimension:N0}. Use a model of fewer dimensions."));
        }
    }

    public static async Task<VectorTypeSql> OfAsync(Ddl ddl, InitRequest request)
    {
        var name = PgVectorLimits.TypeName(request.Form);
        var schema = request.Form == VectorForm.Sign ? "pg_catalog" : await ddl.VectorSchemaAsync();
        return new VectorTypeSql($"{name}({request.Dimension})", $"{schema}.{name}({request.Dimension})");
    }
}
