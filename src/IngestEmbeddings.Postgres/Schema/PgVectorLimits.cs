using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Postgres.Schema;

/// <summary>The limits of pgvector, and its names for the forms of vectors.</summary>
/// <remarks>Source: the reference of pgvector 0.8.</remarks>
internal static class PgVectorLimits
{
    /// <summary>The maximum dimensions of a stored vector; of a <c>bit</c> as many as an index takes.</summary>
    public static readonly IReadOnlyDictionary<VectorForm, int> MaxStored = new Dictionary<VectorForm, int>
    {
        [VectorForm.Single] = 16_000,
        [VectorForm.Half] = 16_000,
        [VectorForm.Sign] = 64_000,
    };

    /// <summary>The name of the type that holds a form.</summary>
    public static string TypeName(VectorForm form) => form switch
    {
        VectorForm.Half => "halfvec",
        VectorForm.Sign => "bit",
        _ => "vector",
    };
}
