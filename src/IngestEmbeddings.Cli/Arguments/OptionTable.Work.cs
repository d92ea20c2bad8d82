using System.Globalization;

namespace IngestEmbeddings.Cli.Arguments;

/// <summary>The options that several commands share, a file for each topic. Options of one command are declared with it.</summary>
internal static partial class OptionTable
{
    public static readonly OptionSpec BatchSize = new(
        "<batch-size>", "EMBED_BATCH_SIZE", Text(Defaults.Ingest.BatchSize),
        "rows that are written, and reported, at a time", OptionGroup.Arguments);

    public static readonly OptionSpec Workers = new(
        "--workers N", "EMBED_WORKERS", Text(Defaults.Ingest.Workers),
        "parallel workers; each has its own database connection, all share one loaded model", OptionGroup.Work);

    public static readonly OptionSpec MetricsOnly = new(
        "--metrics-only", null, Off,
        "only metrics, for rows that have an embedding and no metrics; loads no model", OptionGroup.Work);

    public static readonly OptionSpec Sleep = new(
        "--sleep S", "EMBED_SLEEP", Text(Defaults.Ingest.Sleep.TotalSeconds),
        "seconds that each worker pauses between batches", OptionGroup.Work);

    public static readonly OptionSpec Reembed = new(
        "--reembed", null, Off,
        "replace existing vectors, row by row, by this model's; after a stop, the same command resumes (PostgreSQL)", OptionGroup.Work);

    public static readonly OptionSpec Supersede = new(
        "--supersede", null, Off,
        "end an active run over the same column with another model, wherever its workers are, and start this one (PostgreSQL)",
        OptionGroup.Work);

    public static readonly OptionSpec RebuildIndex = new(
        "--rebuild-index", null, Off,
        "drop the indexes over the vectors and build them again at the end: many times as fast, and no searches meanwhile (PostgreSQL)",
        OptionGroup.Work);

    public static readonly OptionSpec IndexWorkers = new(
        "--index-workers N", null, "what is safe", "the server's parallel workers for building an index", OptionGroup.Work);

    public static readonly OptionSpec Watch = new(
        "--watch", null, Off, "when every row is done, wait for new and changed ones and do them as they come, until stopped", OptionGroup.Work);

    public static readonly OptionSpec Split = new(
        "--split", null, Off, "first split the texts of the table into chunks, as split does, then do the rows of the table of chunks", OptionGroup.Work);

    public static readonly OptionSpec Recompute = new(
        "--recompute", null, Off,
        "with --metrics-only: make the metrics of every row that has an embedding again; after a stop, the same command resumes", OptionGroup.Work);

    public static readonly OptionSpec DryRun = new(
        "--dry-run", null, Off, "show what would be done and write nothing", OptionGroup.Work) { WritesStore = false };

    private const string None = "none";
    private const string Off = "off";

    /// <summary>A default value as the help shows it.</summary>
    public static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
