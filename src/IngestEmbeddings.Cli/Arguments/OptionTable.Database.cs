namespace IngestEmbeddings.Cli.Arguments;

/// <content>Which database, and which columns of the table.</content>
internal static partial class OptionTable
{
    public static readonly OptionSpec Store = new(
        "--store URL", "EMBED_STORE", "see Store", "postgresql://user@host/database or sqlite:FILE", OptionGroup.Database);

    public static readonly OptionSpec Schema = new(
        "--schema S", null, FromCatalog, "the schema of the table (PostgreSQL)", OptionGroup.Database);

    public static readonly OptionSpec IdColumn = new("--id-column C", null, FromCatalog, "the key column", OptionGroup.Database);

    public static readonly OptionSpec TextColumn = new(
        "--text-column C", null, FromCatalog, "the column with the text", OptionGroup.Database);

    public static readonly OptionSpec EmbeddingColumn = new(
        "--embedding-column C", null, FromCatalog, "the column with the vectors", OptionGroup.Database);

    public static readonly OptionSpec Lease = new(
        "--lease S", "EMBED_LEASE", Text(Defaults.Lease.TotalSeconds),
        "seconds after which another worker takes over the rows of one that does not renew its lease (PostgreSQL)", OptionGroup.Database);

    public static readonly OptionSpec GiveUpAfter = new(
        "--give-up-after S", "EMBED_GIVE_UP_AFTER", "never",
        "seconds after which to stop while the server does not answer (PostgreSQL)", OptionGroup.Database);

    public static readonly OptionSpec EnvFile = new(
        "--env-file FILE", null, ".env, if it is yours", "a file of variables to read instead of .env, trusted like the environment", OptionGroup.Database);

    public static readonly OptionSpec NoEnvFile = new("--no-env-file", null, Off, "read no .env", OptionGroup.Database);

    private const string FromCatalog = "found in the catalog";

    /// <summary>The options of every command that reads environment variables.</summary>
    public static IReadOnlyList<OptionSpec> EnvironmentChoice => [EnvFile, NoEnvFile];

    /// <summary>The options of every command that reads or writes the rows of a table.</summary>
    public static IReadOnlyList<OptionSpec> TableChoice => [Store, Schema, IdColumn, TextColumn, .. EnvironmentChoice];
}
