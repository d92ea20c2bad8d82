namespace IngestEmbeddings.Benchmarks.Database;

/// <summary>One thing measured several times.</summary>
/// <param name="Name">What it is, as the table shows it.</param>
/// <param name="Rows">The rows that one measurement does.</param>
internal sealed record Series(string Name, long Rows)
{
    private readonly List<double> _seconds = [];
    private readonly List<double> _processorSeconds = [];

    /// <summary>The measurements, in seconds of the wall clock, in the order they were taken.</summary>
    public IReadOnlyList<double> Seconds => _seconds;

    public double MedianSeconds => Median(_seconds);

    /// <summary>
    /// Processor time of the tool and of the server's backends together: what a machine that does other things as well does not
    /// change.
    /// </summary>
    public double MedianProcessorSeconds => Median(_processorSeconds);

    public double RowsPerSecond => Rows / MedianSeconds;

    public void Add(double seconds, double processorSeconds)
    {
        _seconds.Add(seconds);
        _processorSeconds.Add(processorSeconds);
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/// <summary>An acceptance target and what was measured for it.</summary>
/// <param name="Name">What is compared.</param>
/// <param name="Value">The ratio or figure measured.</param>
/// <param name="Bound">What it must reach, or stay under; null for what is only shown.</param>
/// <param name="IsUpper">True when <paramref name="Bound"/> is the most allowed.</param>
/// <param name="Unit">The unit of both.</param>
internal sealed record Target(string Name, double Value, double? Bound, bool IsUpper = false, string Unit = "×")
{
    public bool? IsMet => Bound is { } bound ? (IsUpper ? Value <= bound : Value >= bound) : null;
}
