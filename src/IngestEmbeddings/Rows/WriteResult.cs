namespace IngestEmbeddings.Rows;

/// <summary>What became of the rows of a batch.</summary>
/// <param name="Written">How many of them were written.</param>
/// <param name="Refused">The rows that the database refused, recorded as failed.</param>
/// <remarks>The others changed or were deleted after they were read, and stay pending.</remarks>
public sealed record WriteResult(int Written, IReadOnlyList<RowFailure> Refused)
{
    /// <summary>A write of which no row was refused.</summary>
    /// <param name="written">How many rows were written.</param>
    public WriteResult(int written)
        : this(written, [])
    {
    }
}
