using System.Globalization;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Shown;

namespace IngestEmbeddings.Cli.Live;

/// <summary>The lines of the live view: none is wider than the terminal, and a narrow or low one gets less.</summary>
internal static class LiveLines
{
    // Below that, only what one cannot do without.
    private const int WideColumns = 60;
    private const int WorkerColumns = 24;
    private const int FixedRows = 5;

    /// <summary>Lays out the view.</summary>
    /// <param name="state">What to show.</param>
    /// <param name="columns">The columns of the terminal.</param>
    /// <param name="rows">The rows of the terminal.</param>
    public static IReadOnlyList<string> Of(LiveState state, int columns, int rows)
    {
        var width = Math.Max(1, columns);
        var isWide = width >= WideColumns;
        var lines = new List<string> { isWide ? Bar(state, width) : Invariant($"{Percent(state)} {state.Run.Written}/{state.Run.Total}") };
        lines.Add(string.Join("  ", Rates(state, isWide)));
        lines.AddRange(width < WorkerColumns ? [] : Workers(state, isWide, rows - FixedRows));
        if (isWide)
        {
            lines.Add(string.Join("  ", Averages(state).Where(static part => part.Length > 0)));
        }

        if (isWide || state.Run.Failed > 0)
        {
            lines.Add(Invariant($"failed {state.Run.Failed}{(isWide ? Invariant($"  connections {state.Run.Workers}  retries {state.Run.Retries}  leases lost {state.Run.LeasesLost}") : "")}"));
        }

        return [.. lines.Where(static line => line.Length > 0).Take(Math.Max(1, rows - 1)).Select(line => TerminalColumns.Shorten(ShownText.Line(line), width))];
    }

    private static string Bar(LiveState state, int width)
    {
        var before = TerminalColumns.Shorten(state.Table, width / 3);
        var after = Invariant($"{Percent(state)}  {state.Run.Written} / {state.Run.Total}");
        var room = width - TerminalColumns.Of(before) - after.Length - 4;
        var done = (int)(room * Share(state));
        return $"{before}  {new string('━', Math.Max(0, done))}{new string('─', Math.Max(0, room - done))}  {after}";
    }

    private static IEnumerable<string> Rates(LiveState state, bool isWide)
    {
        yield return Invariant($"{state.RowsPerSecond:0.#} rows/s");
        if (isWide && state.TokensPerSecond > 0)
        {
            yield return Invariant($"{state.TokensPerSecond:0} tokens/s");
        }

        if (state.Left is { } left)
        {
            yield return $"{Duration.Of(left)} left";
        }

        if (isWide)
        {
            yield return $"since {Duration.Of(state.Run.Elapsed)}";
        }
    }

    private static IEnumerable<string> Workers(LiveState state, bool isWide, int room)
    {
        var shown = state.Workers.Count <= room ? state.Workers.Count : Math.Max(0, room - 1);
        foreach (var worker in state.Workers.Take(shown))
        {
            yield return isWide
                ? Invariant($"worker {worker.Number}  {worker.Doing,-8}  {Counted.Rows(worker.Written),-14}  {worker.Keys}")
                : Invariant($"{worker.Number} {worker.Doing} {worker.Keys}");
        }

        if (shown < state.Workers.Count && room > 0)
        {
            yield return Invariant($"… and {state.Workers.Count - shown} more workers");
        }
    }

    private static IEnumerable<string> Averages(LiveState state)
    {
        if (state.Run.Averages is not { } averages)
        {
            yield break;
        }

        yield return averages.WordRatio is { } ratio ? Invariant($"ratio {ratio:F3}") : "";
        yield return Invariant($"words {averages.WordCount:F1}  length {averages.Length:F1}");
        yield return averages.EntityCount is { } entities ? Invariant($"entities {entities:F2}") : "";
        yield return averages.Frequency is { } frequency ? Invariant($"frequency {frequency:F2}") : "";
    }

    private static double Share(LiveState state) =>
        state.Run.Total == 0 ? 1 : Math.Clamp((double)(state.Run.Written + state.Run.Failed) / state.Run.Total, 0, 1);

    private static string Percent(LiveState state) => Invariant($"{Math.Floor(1000 * Share(state)) / 10:0.0} %");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
