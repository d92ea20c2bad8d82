namespace IngestEmbeddings.Sqlite.Sql;

/// <summary>The names of the tool's own tables. All of them begin with <c>ingest_embeddings_</c>.</summary>
internal static class StateTables
{
    /// <summary>The prefix of all names.</summary>
    public const string Prefix = "ingest_embeddings_";

    /// <summary>Failed rows: which and why, never their text.</summary>
    public const string FailedRow = "ingest_embeddings_failed_row";

    /// <summary>Which model made which column.</summary>
    public const string Space = "ingest_embeddings_space";

    /// <summary>What else is known of the model that made a column.</summary>
    public const string Model = "ingest_embeddings_model";

    /// <summary>Settings that a program keeps in the store, such as where its rows came from.</summary>
    public const string Setting = "ingest_embeddings_setting";

    /// <summary>The run that is at each table.</summary>
    public const string Run = "ingest_embeddings_run";

    /// <summary>The receipts of runs.</summary>
    public const string Receipt = "ingest_embeddings_receipt";

    /// <summary>The texts that several rows have, while a run counts frequencies.</summary>
    public const string Frequency = "ingest_embeddings_frequency";

    /// <summary>The time of a write, UTC, in ISO 8601.</summary>
    public const string Now = $"strftime('{TimeFormat}', 'now')";

    private const string TimeFormat = "%Y-%m-%dT%H:%M:%fZ";

    /// <summary>The first time after another, which is an SQL expression.</summary>
    public static string After(string time) => $"strftime('{TimeFormat}', {time}, '+0.001 seconds')";
}
