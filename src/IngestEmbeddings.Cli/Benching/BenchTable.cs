namespace IngestEmbeddings.Cli.Benching;

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
