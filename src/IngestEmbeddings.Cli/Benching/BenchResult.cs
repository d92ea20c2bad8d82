namespace IngestEmbeddings.Cli.Benching;

/// <summary>One combination that was tried.</summary>
/// <param name="Workers">Parallel workers.</param>
/// <param name="BatchSize">Rows of a batch.</param>
/// <param name="RowsPerSecond">What they did.</param>
/// <param name="ProcessorShare">The share of all cores that the program kept busy, 0 to 1.</param>
/// <param name="StoreShare">The share of their time that the workers were busy with the database, 0 to 1; null where it is not asked.</param>
internal sealed record BenchResult(int Workers, int BatchSize, double RowsPerSecond, double ProcessorShare, double? StoreShare = null)
{
    // Below that share, something else is waited for.
    private const double Busy = 0.85;

    /// <summary>What keeps it from being faster.</summary>
    public string Limit => StoreShare >= Busy ? "the database"
        : ProcessorShare >= Busy ? "the processor"
        : Workers < Environment.ProcessorCount ? "the number of workers"
        : StoreShare is not null ? "the model and the database, in turns"
        : "the model";
}
