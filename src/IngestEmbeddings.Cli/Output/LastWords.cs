using System.Globalization;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Cli.Output;

/// <summary>What a run says of itself at its end, on standard error.</summary>
internal static class LastWords
{
    /// <summary>The rates, the time of each stage, and what repeated texts have saved; nothing where no row was done.</summary>
    public static IEnumerable<string> Of(RunFigures run)
    {
        if (run.Written + run.Failed == 0)
        {
            yield break;
        }

        var tokens = run.Tokens > 0 ? Invariant($", {run.TokensPerSecond:0} tokens/s") : "";
        yield return Invariant($"{Counted.Rows(run.Written)} in {Seconds(run.Elapsed)}: {run.RowsPerSecond:0.#} rows/s{tokens}. {Stages(run)}");
        if (run.Repeated > 0)
        {
            yield return Invariant($"{Counted.Rows(run.Repeated)} repeated the text of another one and cost no encoding.");
        }
    }

    private static string Stages(RunFigures run)
    {
        var times = run.Stages;
        var tokenize = times.Tokenize > TimeSpan.Zero ? $"tokenize {Seconds(times.Tokenize)}, " : "";
        var all = run.Workers > 1 ? Invariant($"Time of {run.Workers} workers") : "Time";
        return $"{all}: read {Seconds(times.Read)}, {tokenize}encode {Seconds(times.Encode)}, write {Seconds(times.Write)}, wait {Seconds(times.Wait)}.";
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds < 100
        ? Invariant($"{time.TotalSeconds:0.0} s")
        : Invariant($"{time.TotalSeconds:0} s");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
