namespace IngestEmbeddings.Cli.Benching;

/// <summary>One combination that was tried.</summary>
/// <param name="Workers">Parallel workers.</param>
/// <param name="BatchSize">Rows of a batch.</param>
/// <param name="RowsPerSecond">What they did.</param>
/// <param name="ProcessorShare">The share of all cores that the program kept busy, 0 to 1.</param>
internal sealed record BenchResult(int Workers, int BatchSize, double RowsPerSecond, double ProcessorShare)
{
    // Below that share, something else than the cores is waited for.
    private const double Busy = 0.85;

    /// <summary>What keeps it from being faster.</summary>
    public string Limit => ProcessorShare >= Busy ? "the processor"
        : Workers < Environment.ProcessorCount ? "the number of workers"
        : "the model";
}

/// <summary>All combinations, and which is advised.</summary>
/// <param name="Results">In the order they were tried: by workers, then by batch size.</param>
internal sealed record BenchTable(IReadOnlyList<BenchResult> Results)
{
    // Fewer workers take fewer connections and less memory; that much speed is worth it.
    private const double Tolerance = 0.95;

    /// <summary>The fewest workers, and of those the fastest batch size, within 5 % of the fastest.</summary>
    public BenchResult Advised
    {
        get
        {
            var enough = Tolerance * Results.Max(result => result.RowsPerSecond);
            var workers = Results.Where(result => result.RowsPerSecond >= enough).Min(result => result.Workers);
            return Results.Where(result => result.Workers == workers).MaxBy(result => result.RowsPerSecond)!;
        }
    }

    /// <summary>How many times as fast as one worker with the same batch size.</summary>
    public double SpeedUp(BenchResult result) =>
        result.RowsPerSecond / Results.First(one => one.Workers == 1 && one.BatchSize == result.BatchSize).RowsPerSecond;
}
