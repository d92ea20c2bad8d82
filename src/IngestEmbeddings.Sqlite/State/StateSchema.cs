using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>Creates and migrates the tool's own tables.</summary>
internal static class StateSchema
{
    // Until version 0.1 failed rows were in this table.
    private const string FormerFailedRow = "ingest_embeddings_dead";

    private static readonly (string Name, string Definition)[] Tables =
    [
        (StateTables.FailedRow, """
            (
                "table"    TEXT NOT NULL,
                key        TEXT NOT NULL, -- as SQL literals, so that no two keys look alike
                shown      TEXT NOT NULL, -- as messages show it
                stage      TEXT NOT NULL,
                reason     TEXT NOT NULL,
                text_hash  INTEGER,       -- of the text that failed; NULL is unknown
                table_hash INTEGER,       -- of the definition of the table; NULL is unknown
                at         TEXT NOT NULL,
                PRIMARY KEY("table", key)) WITHOUT ROWID
            """),
        (StateTables.Space, """
            (
                "table"     TEXT NOT NULL,
                "column"    TEXT NOT NULL,
                dimension   INTEGER NOT NULL, -- the type BLOB does not tell it
                model       TEXT,             -- NULL until the first run
                fingerprint TEXT,
                at          TEXT NOT NULL,
                PRIMARY KEY("table", "column")) WITHOUT ROWID
            """),
        (StateTables.Model, """
            (
                fingerprint TEXT NOT NULL PRIMARY KEY,
                precision   TEXT NOT NULL,
                prefix      TEXT NOT NULL,
                max_tokens  INTEGER,      -- NULL is no limit
                normalized  INTEGER NOT NULL) WITHOUT ROWID
            """),
        (StateTables.Setting, """
            (
                name  TEXT NOT NULL PRIMARY KEY,
                value TEXT NOT NULL) WITHOUT ROWID
            """),
        (StateTables.Run, """
            (
                "table" TEXT NOT NULL PRIMARY KEY,
                model   TEXT NOT NULL,
                worker  TEXT NOT NULL,    -- machine and process
                workers INTEGER NOT NULL,
                began   TEXT NOT NULL,
                seen    TEXT NOT NULL,
                rows    INTEGER NOT NULL) WITHOUT ROWID
            """),
        (StateTables.Receipt, """
            (
                no       INTEGER PRIMARY KEY,
                "table"  TEXT NOT NULL,
                at       TEXT NOT NULL,
                document TEXT NOT NULL)
            """),
    ];

    /// <summary>Brings the tables up to date and removes what a killed run left. Runs inside a write transaction.</summary>
    public static void Create(SqliteConnection connection)
    {
        foreach (var (name, definition) in Tables)
        {
            connection.Execute($"CREATE TABLE IF NOT EXISTS {name}{definition}");
        }

        connection.Execute($"DROP TABLE IF EXISTS {StateTables.Frequency}; DELETE FROM {StateTables.Run}");
        if (Exists(connection, FormerFailedRow))
        {
            TakeFormerFailedRows(connection);
            connection.Execute($"DROP TABLE {FormerFailedRow}");
        }
    }

    /// <summary>Creates what is missing for this connection alone, so that a file which is only read need not have it.</summary>
    public static void CreateMissing(SqliteConnection connection)
    {
        foreach (var (name, definition) in Tables.Where(table => !Exists(connection, table.Name)))
        {
            connection.Execute($"CREATE TEMP TABLE {name}{definition}");
            if (name == StateTables.FailedRow && Exists(connection, FormerFailedRow))
            {
                TakeFormerFailedRows(connection);
            }
        }
    }

    private static void TakeFormerFailedRows(SqliteConnection connection) => connection.Execute(
        $"""
        INSERT OR IGNORE INTO {StateTables.FailedRow}("table", key, shown, stage, reason, at)
        SELECT "table", key, shown, stage, reason, at FROM {FormerFailedRow}
        """);

    private static bool Exists(SqliteConnection connection, string table) =>
        connection.Scalar("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = @table", ("@table", table)) is not null;
}
