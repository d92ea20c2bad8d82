using System.Globalization;
using System.Text;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Cli.Telemetry;

/// <summary>Writes the figures of a run in Prometheus's text form.</summary>
internal static class PrometheusText
{
    /// <summary>The media type of the form.</summary>
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>The figures.</summary>
    public static string Of(RunFigures run)
    {
        var text = new StringBuilder();
        Add(text, "ingest_rows_written_total", "counter", "Rows written.", run.Written);
        Add(text, "ingest_rows_failed_total", "counter", "Rows that failed.", run.Failed);
        Add(text, "ingest_rows_total", "gauge", "Rows to do.", run.Total);
        Add(text, "ingest_rows_repeated_total", "counter", "Rows that repeat the text of another one and cost no encoding.", run.Repeated);
        Add(text, "ingest_rows_truncated_total", "counter", "Rows whose text is longer than the model takes.", run.Truncated);
        Add(text, "ingest_tokens_total", "counter", "Tokens that went through the model, without padding.", run.Tokens);
        Add(text, "ingest_retries_total", "counter", "Faults of the store that were tried again.", run.Retries);
        Add(text, "ingest_leases_lost_total", "counter", "Leases lost to other workers.", run.LeasesLost);
        Add(text, "ingest_workers", "gauge", "Workers of the run.", run.Workers);
        Add(text, "ingest_windows_in_flight", "gauge", "Windows read and not yet written.", run.WindowsInFlight);
        Add(text, "ingest_run_seconds", "gauge", "Since the first worker started.", run.Elapsed.TotalSeconds);
        text.Append("# HELP ingest_stage_seconds_total The time of each stage, summed over the workers.\n# TYPE ingest_stage_seconds_total counter\n");
        var stages = run.Stages;
        foreach (var (stage, time) in new[] { ("read", stages.Read), ("tokenize", stages.Tokenize), ("encode", stages.Encode), ("write", stages.Write), ("wait", stages.Wait) })
        {
            text.Append(CultureInfo.InvariantCulture, $"ingest_stage_seconds_total{{stage=\"{stage}\"}} {time.TotalSeconds}\n");
        }

        return text.ToString();
    }

    private static void Add(StringBuilder text, string name, string kind, string help, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
}
