namespace IngestEmbeddings.Cli.Arguments;

/// <content>Which metrics, and how they are measured.</content>
internal static partial class OptionTable
{
    public static readonly OptionSpec Metrics = new(
        "--metrics M", "EMBED_METRICS", Defaults.Metrics,
        "all, or none: embeddings alone, for which no metrics table is needed, read or written", OptionGroup.Metrics);

    public static readonly OptionSpec Frequency = new(
        "--frequency F", null, Defaults.Frequency,
        "how often each text occurs in the table: auto (with one worker, not with several), always or never", OptionGroup.Metrics);

    public static readonly OptionSpec Lexicon = new(
        "--lexicon FILE", "EMBED_LEXICON", None,
        "word list, one word a line; without it the word ratio is NULL and shown as n/a", OptionGroup.Metrics);

    public static readonly OptionSpec Language = new(
        "--language L", "EMBED_LANGUAGE", None, "haw adds the rules of Hawaiian to the word ratio", OptionGroup.Metrics);

    public static readonly OptionSpec Entities = new(
        "--entities E", null, Defaults.Entities, "how named entities are counted: heuristic or none", OptionGroup.Metrics);
}
