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

    public static readonly OptionSpec Format = new(
        "--format F", null, "by the file's extension", "tsv, csv, jsonl, or text (one row a line)", OptionGroup.Rows);

    public static readonly OptionSpec TextField = new(
        "--text-field C", null, "found in the header", "the field with the text: its name, or its number from 1", OptionGroup.Rows);
}
