using System.Globalization;
using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>Records the run that is at a table, for other processes to read: nothing of the run depends on it.</summary>
internal static class ActiveRun
{
    /// <summary>Records that a run begins. Runs inside a write transaction.</summary>
    public static void Begin(SqliteConnection connection, TableLayout layout, RunRequest request) => connection.Execute(
        $"""
        INSERT OR REPLACE INTO {StateTables.Run}("table", model, worker, workers, began, seen, rows)
        VALUES (@table, @model, @worker, @workers, {StateTables.Now}, {StateTables.Now}, 0)
        """,
        ("@table", layout.Table),
        ("@model", request.Work.Encoder?.Model ?? "metrics"),
        ("@worker", $"{Environment.MachineName}/{Environment.ProcessId}"),
        ("@workers", request.Workers));

    /// <summary>Records that rows were written, in the transaction that writes them.</summary>
    public static void Report(SqliteConnection connection, TableLayout layout, int rows) => connection.Execute(
        $"""UPDATE {StateTables.Run} SET rows = rows + @rows, seen = {StateTables.Now} WHERE "table" = @table""",
        ("@rows", rows),
        ("@table", layout.Table));

    /// <summary>Records that the run has ended.</summary>
    public static void End(SqliteConnection connection, TableLayout layout) => connection.Execute(
        $"""DELETE FROM {StateTables.Run} WHERE "table" = @table""", ("@table", layout.Table));

    /// <summary>The run that is at a table; none where there is none.</summary>
    public static IReadOnlyList<RunStatus> Read(SqliteConnection connection, TableLayout layout) => connection.Query(
        $"""
        SELECT model, began, workers, worker, rows, 86400 * (julianday('now') - julianday(seen)), 86400 * (julianday(seen) - julianday(began))
        FROM {StateTables.Run} WHERE "table" = @table
        """,
        static row => new RunStatus(
            row.GetString(0),
            DateTimeOffset.Parse(row.GetString(1), CultureInfo.InvariantCulture),
            Replaces: false,
            Sweep: 0,
            Claims: row.GetInt64(2),
            [
                new WorkerStatus(row.GetString(3), row.GetInt64(4), TimeSpan.FromSeconds(Math.Max(0, row.GetDouble(5))))
                {
                    Worked = TimeSpan.FromSeconds(row.GetDouble(6)),
                },
            ]),
        ("@table", layout.Table));
}
