using System.Globalization;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Cli.Output;

/// <summary>The lines of a run. Other programs parse them: their form is part of the product.</summary>
internal static class ProgressLine
{
    private const string Unknown = "n/a";

    /// <summary>The first line.</summary>
    public static string Configuration(int workers, int batchSize, string table) =>
        Invariant($"Configuration: workers={workers}, batch_size={batchSize}, table={table}");

    /// <summary>The second line, when there are several workers.</summary>
    public static string Parallel(int workers) => Invariant($"Using parallel processing with {workers} workers");

    /// <summary>The line of a batch. The frequency is there only when it was computed.</summary>
    public static string Batch(BatchWritten report)
    {
        var averages = report.Averages;
        var frequency = averages?.Frequency is { } value ? Invariant($" avg_fq={value:F2}") : "";
        return Invariant($"Processed batch: {report.Rows} Progress: {report.Written} / {report.Total} | ")
            + $"avg_ratio={Format(averages?.WordRatio, "F3")} avg_wc={Format(averages?.WordCount, "F1")} "
            + $"avg_len={Format(averages?.Length, "F1")} avg_ec={Format(averages?.EntityCount, "F2")}{frequency}";
    }

    /// <summary>The last line when the end of the table was reached.</summary>
    public static string Finished(string table, long processed) =>
        Invariant($"No more rows to process for {table}. Total processed={processed}");

    /// <summary>The last line when the run stopped before.</summary>
    public static string Stopped(string table, long processed, string why) =>
        Invariant($"{why} for {table}. Total processed={processed}. The same command does the rest.");

    private static string Format(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? Unknown;

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
