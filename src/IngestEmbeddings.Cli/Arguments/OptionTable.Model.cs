namespace IngestEmbeddings.Cli.Arguments;

/// <content>Which model, and how it runs.</content>
internal static partial class OptionTable
{
    public static readonly OptionSpec ModelFolder = new(
        "<model>", null, OptionSpec.Required, "a model folder, all-MiniLM-L6-v2, or a Hugging Face id, also with @revision", OptionGroup.Arguments);

    public static readonly OptionSpec Model = new(
        "--model M", "EMBED_MODEL", $"the model of the table's vectors; without any, PostgreSQL: {Defaults.PostgresModel}; embedded store: {Defaults.SqliteModel}",
        "all-MiniLM-L6-v2 (comes with the program, English), a model folder, a Hugging Face id (fetched where it is missing), an endpoint such as http://localhost:8080/v1#name (OpenAI's /v1/embeddings; its key: EMBED_API_KEY), or builtin:hashing (lexical, not semantic)", OptionGroup.Model);

    public static readonly OptionSpec Device = new(
        "--device D", "EMBED_DEVICE", Defaults.Device, "where the model runs: auto, cpu, cuda or cuda:N (a GPU, in a program built with it)", OptionGroup.Model);

    public static readonly OptionSpec Precision = new(
        "--precision P", "EMBED_PRECISION", Defaults.Precision,
        "what one number of the model is: fp32, fp16 or int8; auto: int8 where the folder has it and the processor is fast at it; fp32 is what is fetched",
        OptionGroup.Model);

    public static readonly OptionSpec Prefix = new(
        "--prefix S", "EMBED_PREFIX", "the model's own",
        "put before each text; a missing colon and space are added, an empty value means none", OptionGroup.Model);

    public static readonly OptionSpec Dimensions = new(
        "--dimensions N", null, "all", "keep the first N components of each vector, for models that are made for it", OptionGroup.Model);

    public static readonly OptionSpec Threads = new(
        "--threads T", "EMBED_THREADS", "cores ÷ workers, at least 1", "threads inside one call of the model", OptionGroup.Model);

    public static readonly OptionSpec TokenBudget = new(
        "--token-budget N", "EMBED_TOKEN_BUDGET", "measured at start",
        "the maximum tokens of one call of the model, padding counted", OptionGroup.Model);

    public static readonly OptionSpec LongTexts = new(
        "--long-texts L", "EMBED_LONG_TEXTS", "that of the table's vectors, else cut",
        "a text that is longer than the model's maximum: cut leaves its end out; mean reads all of it and takes the mean vector of its parts", OptionGroup.Model);

    /// <summary>The options of the commands that load a model.</summary>
    public static IReadOnlyList<OptionSpec> ModelChoice => [Model, Device, Precision, Prefix, Dimensions];

    /// <summary>The options of the commands that encode.</summary>
    public static IReadOnlyList<OptionSpec> EncodingChoice => [.. ModelChoice, LongTexts];
}
