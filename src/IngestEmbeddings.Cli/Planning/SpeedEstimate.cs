namespace IngestEmbeddings.Cli.Planning;

/// <summary>How fast a run will be on this machine: measured encoding, and what the store adds.</summary>
/// <param name="RowsPerSecond">The middle of several trials.</param>
/// <param name="Slowest">The slowest of them, with a margin.</param>
/// <param name="Fastest">The fastest of them, with a margin.</param>
internal sealed record SpeedEstimate(double RowsPerSecond, double Slowest, double Fastest)
{
    // Trials of a second or two miss what a machine does once a minute.
    private const double Margin = 0.1;

    /// <summary>Estimates from trials.</summary>
    /// <param name="trials">Rows encoded a second, at least one.</param>
    /// <param name="storeSeconds">Seconds of a worker for reading and writing a row.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="pauseSeconds">Seconds that a worker pauses for each row.</param>
    public static SpeedEstimate Of(IReadOnlyList<double> trials, double storeSeconds, int workers, double pauseSeconds)
    {
        var sorted = trials.Order().ToList();
        return new SpeedEstimate(
            WithStore(sorted[sorted.Count / 2]),
            WithStore(sorted[0] * (1 - Margin)),
            WithStore(sorted[^1] * (1 + Margin)));

        // Half of what the store takes is hidden behind the encoding, the other half takes processor time from it.
        double WithStore(double rate) => 1 / ((1 / rate) + (((storeSeconds / 2) + pauseSeconds) / workers));
    }

    /// <summary>About how long some rows take.</summary>
    public TimeSpan TimeOf(long rows) => Time(rows, RowsPerSecond);

    /// <summary>The shortest and the longest time that is likely.</summary>
    public (TimeSpan Shortest, TimeSpan Longest) RangeOf(long rows) => (Time(rows, Fastest), Time(rows, Slowest));

    private static TimeSpan Time(long rows, double rate) => TimeSpan.FromSeconds(Math.Min(rows / rate, TimeSpan.FromDays(9999).TotalSeconds));
}
