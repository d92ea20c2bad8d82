using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>Reads the state of a table.</summary>
internal static class StatusReader
{
    /// <summary>Counts rows without a vector, and lists failed rows.</summary>
    public static TableStatus Read(SqliteConnection connection, TableLayout layout, int failedRows)
    {
        var row = new RowSql(layout);
        var count = RowCounts.Of(connection, row, work: null);
        return new TableStatus
        {
            Rows = RowCounts.WithText(connection, row),
            Pending = count.Pending,
            Changed = RowCounts.Changed(connection, row),
            Failed = count.Failed,
            Gone = count.Gone,
            FailedRows = FailedRows.List(connection, layout, failedRows),
            Origins = SpaceRegistry.Origins(connection, layout),
            Runs = ActiveRun.Read(connection, layout),
        };
    }
}
