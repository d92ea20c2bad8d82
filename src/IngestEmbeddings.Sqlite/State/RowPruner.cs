using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Text;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>Removes what rows that are gone, or have no text any more, have left: their vectors and their metrics.</summary>
/// <remarks>
/// The vector of a blanked row is set to NULL where the row has metrics, which tell that this tool made it. To be run in a
/// transaction, so that no text arrives in between.
/// </remarks>
internal static class RowPruner
{
    public static PruneReport Prune(SqliteConnection connection, RowSql row)
    {
        if (row.Layout.Metrics.IsNone)
        {
            return new PruneReport(0, 0);
        }

        var hasText = PendingSql.HasText(row);
        var vectors = connection.Execute(
            $"""
            UPDATE {row.Table} AS t SET {Identifier.Quote(row.Layout.Embedding)} = NULL
            WHERE {row.Vector} IS NOT NULL AND {hasText} IS NOT TRUE AND {row.HasMetrics}
            """,
            ("@blank", BlankCharacters.All));
        var metrics = connection.Execute($"DELETE FROM {row.Metrics} AS m WHERE {PendingSql.IsGone(row)}", ("@blank", BlankCharacters.All));
        return new PruneReport(vectors, metrics);
    }
}
