namespace IngestEmbeddings.Stores;

/// <summary>What pgvector stores of each form of vector. An index takes less of some: see the manual of <c>index</c>.</summary>
public static class VectorFormLimits
{
    /// <summary>The most dimensions: 16,000 of a <c>vector</c> or a <c>halfvec</c>; of a <c>bit</c> what an index takes, 64,000.</summary>
    public static int MostDimensions(this VectorForm form) => form == VectorForm.Sign ? 64_000 : 16_000;

    /// <summary>The name of the type in PostgreSQL.</summary>
    public static string TypeName(this VectorForm form) => form switch
    {
        VectorForm.Half => "halfvec",
        VectorForm.Sign => "bit",
        _ => "vector",
    };
}
