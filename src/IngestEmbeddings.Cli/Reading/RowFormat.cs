namespace IngestEmbeddings.Cli.Reading;

/// <summary>The forms of input that <c>load</c> reads.</summary>
internal enum RowFormat
{
    /// <summary>Fields between tabs, one row a line, no quotes.</summary>
    Tsv,

    /// <summary>Comma-separated values as in RFC 4180: quoted fields may hold commas, quotes and line ends.</summary>
    Csv,

    /// <summary>One JSON object a line.</summary>
    JsonLines,

    /// <summary>One text a line.</summary>
    Text,
}

/// <summary>Finds the form of an input.</summary>
internal static class RowFormats
{
    /// <summary>The names that <c>--format</c> takes.</summary>
    public static readonly IReadOnlyList<string> Names = ["tsv", "csv", "jsonl", "text"];

    /// <summary>The form that <c>--format</c> names.</summary>
    public static RowFormat FromName(string name) => name switch
    {
        "tsv" => RowFormat.Tsv,
        "csv" => RowFormat.Csv,
        "jsonl" => RowFormat.JsonLines,
        _ => RowFormat.Text,
    };

    /// <summary>The form that a file's extension tells; null when it tells none.</summary>
    public static RowFormat? FromExtension(string file) => Path.GetExtension(file).ToUpperInvariant() switch
    {
        ".TSV" or ".TAB" => RowFormat.Tsv,
        ".CSV" => RowFormat.Csv,
        ".JSONL" or ".NDJSON" => RowFormat.JsonLines,
        ".TXT" or ".TEXT" => RowFormat.Text,
        _ => null,
    };
}
