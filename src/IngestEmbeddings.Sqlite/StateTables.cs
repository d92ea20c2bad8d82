using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>The tables that are the tool's own. Their names begin with <c>ingest_embeddings_</c>.</summary>
internal static class StateTables
{
    /// <summary>Rows set aside: which and why, never their text.</summary>
    public const string Dead = "ingest_embeddings_dead";

    /// <summary>Which model made which column.</summary>
    public const string Space = "ingest_embeddings_space";

    /// <summary>What a program keeps with the store, such as where its rows came from.</summary>
    public const string Setting = "ingest_embeddings_setting";

    /// <summary>The texts that several rows have, while a run counts frequencies.</summary>
    public const string Frequency = "ingest_embeddings_frequency";

    /// <summary>How the names of all of them begin.</summary>
    public const string Prefix = "ingest_embeddings_";

    /// <summary>The time of a write, UTC, in ISO 8601.</summary>
    public const string Now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

    /// <summary>Creates the tables that are not there, and removes what a run that was killed left behind.</summary>
    public static void Create(SqliteConnection connection) => connection.Execute($"""
        CREATE TABLE IF NOT EXISTS {Dead}(
            "table" TEXT NOT NULL,
            key     TEXT NOT NULL, -- as SQL literals, so that no two keys look alike
            shown   TEXT NOT NULL, -- as messages show it
            stage   TEXT NOT NULL,
            reason  TEXT NOT NULL,
            at      TEXT NOT NULL,
            PRIMARY KEY("table", key)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS {Space}(
            "table"     TEXT NOT NULL,
            "column"    TEXT NOT NULL,
            dimension   INTEGER NOT NULL, -- a BLOB has no type that would say so
            model       TEXT,             -- NULL until the first run
            fingerprint TEXT,
            at          TEXT NOT NULL,
            PRIMARY KEY("table", "column")) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS {Setting}(
            name  TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL) WITHOUT ROWID;
        DROP TABLE IF EXISTS {Frequency};
        """);
}
