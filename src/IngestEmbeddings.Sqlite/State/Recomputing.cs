using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>Remembers when metrics began to be made again, so that a stopped run of that kind is resumed by the next one.</summary>
internal static class Recomputing
{
    /// <summary>Begins, or goes on.</summary>
    /// <returns>The time before which metrics do not count, as a literal.</returns>
    /// <exception cref="IngestException">The metrics table does not keep the time.</exception>
    public static string Begin(SqliteConnection connection, TableLayout layout)
    {
        if (layout.Metrics.UpdatedAt is null)
        {
            throw SqliteFaults.Misconfigured(
                $"Table {layout.Metrics.Table} has no column updated_at, which tells the rows that are done again from the others. "
                + $"To add it: ALTER TABLE {Identifier.Quote(layout.Metrics.Table)} ADD COLUMN updated_at TEXT");
        }

        if (StoreSettings.Read(connection, Name(layout)) is null)
        {
            StoreSettings.Write(connection, Name(layout), (string)connection.Scalar($"SELECT {StateTables.Now}")!);
        }

        return (string)connection.Scalar("SELECT quote(@time)", ("@time", StoreSettings.Read(connection, Name(layout))))!;
    }

    /// <summary>Every row is done again.</summary>
    public static void End(SqliteConnection connection, TableLayout layout) =>
        connection.Execute($"DELETE FROM {StateTables.Setting} WHERE name = @name", ("@name", Name(layout)));

    private static string Name(TableLayout layout) => $"recompute {layout.Table}";
}
