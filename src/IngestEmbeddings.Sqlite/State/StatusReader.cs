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
        var count = RowCounts.Of(connection, new RowSql(layout), work: null);
        return new TableStatus
        {
            Pending = count.Pending,
            Failed = count.Failed,
            Gone = count.Gone,
            FailedRows = FailedRows.List(connection, layout, failedRows),
        };
    }
}
