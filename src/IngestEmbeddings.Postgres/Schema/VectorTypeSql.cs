using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Postgres.Schema;

/// <summary>The type of a column of vectors.</summary>
/// <param name="Name">As the user knows it, such as <c>vector(384)</c>.</param>
/// <param name="Sql">With the schema that pgvector is in.</param>
internal sealed record VectorTypeSql(string Name, string Sql)
{
    // What pgvector can store: 16,000 components, and for bit what an index takes.
    private const int MostComponents = 16_000;
    private const int MostBits = 64_000;

    /// <exception cref="IngestException">pgvector stores no vectors of that dimension.</exception>
    public static async Task<VectorTypeSql> OfAsync(Ddl ddl, InitRequest request)
    {
        var (name, most) = request.Form switch
        {
            VectorForm.Half => ("halfvec", MostComponents),
            VectorForm.Sign => ("bit", MostBits),
            _ => ("vector", MostComponents),
        };
        if (request.Dimension > most)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"pgvector stores a {name} of at most {most:N0} dimensions, not of {request.Dimension:N0}. Use a model of fewer dimensions.");
        }

        var schema = request.Form == VectorForm.Sign ? "pg_catalog" : await ddl.VectorSchemaAsync();
        return new VectorTypeSql($"{name}({request.Dimension})", $"{schema}.{name}({request.Dimension})");
    }
}
