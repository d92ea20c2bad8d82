using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Arguments;

/// <summary>Every option of the program, in the order of the help. What is not built is not here.</summary>
internal static class OptionTable
{
    private const CommandNames Everywhere = CommandNames.All | CommandNames.ModelInfo | CommandNames.ModelQuantize;
    private const string None = "none";
    private const string Off = "off";
    private const string FromCatalog = "found in the catalog";

    public static readonly OptionSpec Table = new(
        "<table>", null, null, Defaults.Table, "the table to fill", CommandNames.All);

    public static readonly OptionSpec BatchSize = new(
        "<batch-size>", null, "EMBED_BATCH_SIZE", Text(Defaults.Ingest.BatchSize),
        "rows that are written, and reported, at a time", CommandNames.Run);

    public static readonly OptionSpec File = new(
        "<file>", null, null, "must be given", "the file to load; - is the standard input", CommandNames.Load);

    public static readonly OptionSpec ModelFolder = new(
        "<model>", null, null, "must be given", "a model folder, all-MiniLM-L6-v2, or a Hugging Face id, also with @revision",
        CommandNames.ModelInfo | CommandNames.ModelQuantize | CommandNames.ModelPull);

    public static readonly OptionSpec Texts = new(
        "--texts", "FILE", null, "must be given",
        "texts like those that will be encoded, to measure on; a few hundred say enough", CommandNames.ModelQuantize);

    public static readonly OptionSpec MinCosine = new(
        "--min-cosine", "C", null, Text(Defaults.Quantization.MinCosine),
        "the cosine to fp32 that 99 of 100 texts must reach for the int8 graph to be written", CommandNames.ModelQuantize);

    public static readonly OptionSpec Force = new(
        "--force", null, null, Off, "write the int8 graph whatever its cosines", CommandNames.ModelQuantize);

    public static readonly OptionSpec Workers = new(
        "--workers", "N", "EMBED_WORKERS", Text(Defaults.Ingest.Workers),
        "parallel workers; each has its own database connection, all share one loaded model", CommandNames.Run);

    public static readonly OptionSpec MetricsOnly = new(
        "--metrics-only", null, null, Off,
        "only metrics, for rows that have an embedding and no metrics; loads no model", CommandNames.Run | CommandNames.Bench);

    public static readonly OptionSpec Model = new(
        "--model", "M", "EMBED_MODEL", $"PostgreSQL: {Defaults.PostgresModel}; embedded store: {Defaults.SqliteModel}",
        "all-MiniLM-L6-v2 (comes with the program, English), a model folder, a Hugging Face id (fetched where it is missing), or builtin:hashing (lexical, not semantic)",
        CommandNames.Run | CommandNames.Bench);

    public static readonly OptionSpec Device = new(
        "--device", "D", "EMBED_DEVICE", Defaults.Device, "where the model runs: auto or cpu", CommandNames.Run | CommandNames.Bench);

    public static readonly OptionSpec Precision = new(
        "--precision", "P", "EMBED_PRECISION", Defaults.Precision,
        "what one number of the model is: fp32, fp16 or int8; auto: int8 where the folder has it and the processor is fast at it; fp32 is what is fetched",
        CommandNames.Run | CommandNames.Bench | CommandNames.ModelPull);

    public static readonly OptionSpec Prefix = new(
        "--prefix", "S", "EMBED_PREFIX", "the model's own",
        "put before each text; a missing colon and space are added, an empty value means none", CommandNames.Run | CommandNames.Bench);

    public static readonly OptionSpec Threads = new(
        "--threads", "T", "EMBED_THREADS", "cores ÷ workers, at least 1", "threads inside one call of the model",
        CommandNames.Run | CommandNames.ModelQuantize);

    public static readonly OptionSpec TokenBudget = new(
        "--token-budget", "N", "EMBED_TOKEN_BUDGET", "measured at start",
        "the most tokens of one call of the model, padding counted", CommandNames.Run);

    public static readonly OptionSpec Sleep = new(
        "--sleep", "S", "EMBED_SLEEP", Text(Defaults.Ingest.Sleep.TotalSeconds),
        "seconds that each worker pauses between batches", CommandNames.Run);

    public static readonly OptionSpec Frequency = new(
        "--frequency", "F", null, Defaults.Frequency,
        "how often each text occurs in the table: auto (with one worker, not with several), always or never",
        CommandNames.Run);

    public static readonly OptionSpec Lexicon = new(
        "--lexicon", "FILE", "EMBED_LEXICON", None,
        "word list, one word a line; without it the word ratio is NULL and shown as n/a", CommandNames.Run);

    public static readonly OptionSpec Language = new(
        "--language", "L", "EMBED_LANGUAGE", None, "haw adds the rules of Hawaiian to the word ratio", CommandNames.Run);

    public static readonly OptionSpec Entities = new(
        "--entities", "E", null, Defaults.Entities, "how named entities are counted: heuristic or none", CommandNames.Run | CommandNames.Bench);

    public static readonly OptionSpec Store = new(
        "--store", "URL", "EMBED_STORE", "see Store", "postgresql://user@host/database or sqlite:FILE", CommandNames.All);

    public static readonly OptionSpec Schema = new(
        "--schema", "S", null, FromCatalog, "the schema of the table (PostgreSQL)", CommandNames.All);

    public static readonly OptionSpec IdColumn = new(
        "--id-column", "C", null, FromCatalog, "the key column", CommandNames.All);

    public static readonly OptionSpec TextColumn = new(
        "--text-column", "C", null, FromCatalog, "the column with the text", CommandNames.All);

    public static readonly OptionSpec EmbeddingColumn = new(
        "--embedding-column", "C", null, FromCatalog, "the column with the vectors",
        CommandNames.Run | CommandNames.Init | CommandNames.Index | CommandNames.Status);

    public static readonly OptionSpec Dimensions = new(
        "--dimensions", "N", null, $"init: {Text(Defaults.Dimensions)}; run: all",
        "init: dimensions of a column that is created; run: keep the first N, for models that are made for it",
        CommandNames.Init | CommandNames.Run | CommandNames.Bench);

    public static readonly OptionSpec Into = new(
        "--into", "PLACE", null, Defaults.Into,
        "where the vectors go: column (of the table), or table (beside it: TABLE_embeddings; PostgreSQL)", CommandNames.Init);

    public static readonly OptionSpec VectorType = new(
        "--vector-type", "TYPE", null, Defaults.VectorType,
        "what a new column keeps: vector, halfvec (half the room), or bit (signs alone; PostgreSQL)", CommandNames.Init);

    public static readonly OptionSpec RebuildIndex = new(
        "--rebuild-index", null, null, Off,
        "drop the indexes over the vectors and build them again at the end: many times as fast, and no searches meanwhile (PostgreSQL)",
        CommandNames.Run);

    public static readonly OptionSpec SampleRows = new(
        "--rows", "N", null, $"{Text(Defaults.SampleRows)}; with --write: {Text(Defaults.ScratchRows)}", "rows of the table that are tried, again and again", CommandNames.Bench);

    public static readonly OptionSpec TrySeconds = new(
        "--seconds", "S", null, Text(Defaults.TrySeconds), "how long each number of workers and batch size is tried", CommandNames.Bench);

    public static readonly OptionSpec Write = new(
        "--write", null, null, Off,
        "write into a copy of these rows, which is dropped at the end: the speed of a run with its database", CommandNames.Bench);

    public static readonly OptionSpec Json = new(
        "--json", null, null, Off, "one JSON document instead of a table", CommandNames.Bench);

    public static readonly OptionSpec IndexWorkers = new(
        "--index-workers", "N", null, "what is safe", "the server's parallel workers for building an index", CommandNames.Run | CommandNames.Index);

    public static readonly OptionSpec Method = new(
        "--method", "M", null, Defaults.IndexMethod, "the kind of index: hnsw or ivfflat", CommandNames.Index);

    public static readonly OptionSpec Distance = new(
        "--distance", "D", null, Defaults.IndexDistance, "what near means: cosine, l2 or ip; bits know their own distance alone",
        CommandNames.Index);

    public static readonly OptionSpec Memory = new(
        "--memory", "MB", null, Text(new VectorIndexRequest().MaxMemory >> 20), "the most memory that the server may take for the build",
        CommandNames.Index);

    public static readonly OptionSpec Format = new(
        "--format", "F", null, "by the file's extension", "tsv, csv, jsonl, or text (one row a line)",
        CommandNames.Load | CommandNames.ModelQuantize);

    public static readonly OptionSpec TextField = new(
        "--text-field", "C", null, "found in the header", "the field with the text: its name, or its number from 1",
        CommandNames.Load | CommandNames.ModelQuantize);

    public static readonly OptionSpec IdField = new(
        "--id-field", "C", null, "found in the header",
        "the field with the id: its name, or its number from 1; empty: the store numbers the rows", CommandNames.Load);

    public static readonly OptionSpec Limit = new(
        "--limit", "N", null, None, "stop after N rows", CommandNames.Run);

    public static readonly OptionSpec Reembed = new(
        "--reembed", null, null, Off,
        "replace the vectors that there are, row by row, by this model's; run again after a stop, it resumes (PostgreSQL)", CommandNames.Run);

    public static readonly OptionSpec Supersede = new(
        "--supersede", null, null, Off,
        "end a run over the same column that is under way with another model, wherever its workers are, and begin this one (PostgreSQL)",
        CommandNames.Run);

    public static readonly OptionSpec RetryFailed = new(
        "--retry-failed", null, null, Off, "do again the rows that earlier runs have set aside", CommandNames.Run);

    public static readonly OptionSpec MaxFailures = new(
        "--max-failures", "N", null, "no limit", "stop when more than N rows had to be set aside", CommandNames.Run);

    public static readonly OptionSpec Lease = new(
        "--lease", "S", "EMBED_LEASE", Text(Defaults.Lease.TotalSeconds),
        "seconds after which another worker takes over the rows of one that gives no sign of life (PostgreSQL)", CommandNames.Run);

    public static readonly OptionSpec GiveUpAfter = new(
        "--give-up-after", "S", "EMBED_GIVE_UP_AFTER", "never",
        "seconds after which to stop while the server stays away (PostgreSQL)", CommandNames.Run);

    public static readonly OptionSpec DryRun = new(
        "--dry-run", null, null, Off, "show what would be done and write nothing", CommandNames.Run);

    public static readonly OptionSpec Progress = new(
        "--progress", "P", null, Defaults.Progress, "auto or plain: a line for each batch; none: only the last line",
        CommandNames.Run);

    public static readonly OptionSpec EnvFile = new(
        "--env-file", "FILE", null, ".env, if it is yours", "a file of variables to read instead of .env, trusted like the environment", Everywhere);

    public static readonly OptionSpec NoEnvFile = new(
        "--no-env-file", null, null, Off, "read no .env", Everywhere);

    /// <summary>All of them, arguments first.</summary>
    public static readonly IReadOnlyList<OptionSpec> All =
    [
        Table, BatchSize, File, ModelFolder, Workers, MetricsOnly, Model, Device, Precision, Prefix, Threads, TokenBudget, Sleep,
        Frequency, Lexicon, Language, Entities, Store, Schema, IdColumn, TextColumn, EmbeddingColumn, Dimensions, Into,
        VectorType, RebuildIndex, IndexWorkers, SampleRows, TrySeconds, Write, Json, Method, Distance, Memory, Format, TextField, IdField, Limit,
        Reembed, Supersede, RetryFailed, MaxFailures, Lease, GiveUpAfter, DryRun, Progress, Texts, MinCosine, Force, EnvFile, NoEnvFile,
    ];

    /// <summary>The arguments and options of one command, in the order of the help.</summary>
    public static IEnumerable<OptionSpec> Of(CommandNames command) => All.Where(spec => spec.BelongsTo(command));

    private static string Text(IFormattable value) => value.ToString(null, System.Globalization.CultureInfo.InvariantCulture);
}
