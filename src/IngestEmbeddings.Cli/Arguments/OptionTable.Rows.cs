namespace IngestEmbeddings.Cli.Arguments;

/// <content>Which rows.</content>
internal static partial class OptionTable
{
    public static readonly OptionSpec Table = new("<table>", null, Defaults.Table, "the table", OptionGroup.Arguments);

    public static readonly OptionSpec Limit = new(
        "--limit N", null, None, "stop after N rows; exit code 0 when they are done", OptionGroup.Rows);

    public static readonly OptionSpec RetryFailed = new(
        "--retry-failed", null, Off, "do the failed rows of earlier runs again", OptionGroup.Rows);

    public static readonly OptionSpec MaxFailures = new(
        "--max-failures N", null, "no limit", "stop when more than N rows have failed", OptionGroup.Rows);

    public static readonly OptionSpec AdoptSample = new(
        "--adopt-sample N", null, Text(new IngestOptions().AdoptSample),
        "rows to encode again before vectors are taken over of which nothing records the model", OptionGroup.Model);

    public static readonly OptionSpec Changed = new(
        "--changed C", null, Defaults.Changed,
        "rows whose text has changed since their vector was made: auto (done again, where the table tells), ignore, or only (they alone)", OptionGroup.Rows);

    public static readonly OptionSpec Prune = new(
        "--prune", null, Off, "only remove the vectors and metrics of rows that are gone or have no text any more; a run does so at its end", OptionGroup.Rows);

    public static readonly OptionSpec Format = new(
        "--format F", null, "by the file's extension", "tsv, csv, jsonl, or text (one row a line)", OptionGroup.Rows);

    public static readonly OptionSpec TextField = new(
        "--text-field C", null, "found in the header", "the field with the text: its name, or its number from 1", OptionGroup.Rows);
}
