namespace IngestEmbeddings.Benchmarks.Database;

/// <summary>What was measured, printed as tables in Markdown.</summary>
internal sealed class Report
{
    private readonly List<Series> _series = [];
    private readonly List<Target> _targets = [];

    /// <summary>Adds a thing to be measured.</summary>
    public Series Series(string name, long rows)
    {
        var series = new Series(name, rows);
        _series.Add(series);
        return series;
    }

    public Series? Find(string name) => _series.Find(series => series.Name == name);

    /// <summary>Adds a ratio that must be at least <paramref name="least"/>.</summary>
    public void Ratio(string name, double value, double least) => Target(new Target(name, value, least));

    /// <summary>Adds a ratio that nothing is asked of.</summary>
    public void Ratio(string name, double value) => Target(new Target(name, value, Bound: null));

    public void Target(Target target) => _targets.Add(target);

    /// <summary>Prints what has been measured so far.</summary>
    public void Print(TextWriter output)
    {
        output.WriteLine("| what | rows | median s | rows/s | processor s | each round, s |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: | --- |");
        foreach (var series in _series.Where(series => series.Seconds.Count > 0))
        {
            output.WriteLine(
                $"| {series.Name} | {series.Rows:N0} | {series.MedianSeconds:0.00} | {series.RowsPerSecond:N0} | {series.MedianProcessorSeconds:0.00} | " +
                $"{string.Join(", ", series.Seconds.Select(seconds => $"{seconds:0.00}"))} |");
        }

        output.WriteLine();
        output.WriteLine("| target | measured | bound | |");
        output.WriteLine("| --- | ---: | ---: | --- |");
        foreach (var target in _targets)
        {
            output.WriteLine(
                $"| {target.Name} | {target.Value:0.00}{target.Unit} | {Bound(target)} | {Verdict(target)} |");
        }
    }

    private static string Bound(Target target) => target.Bound is { } bound ? $"{(target.IsUpper ? "≤" : "≥")} {bound:0.##}{target.Unit}" : "";

    private static string Verdict(Target target) => target.IsMet switch
    {
        null => "",
        true => "met",
        false => "**not met**",
    };
}
