using System.Globalization;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Text;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>Counts pending and failed rows in one scan of the table.</summary>
internal static class RowCounts
{
    /// <summary>Counts.</summary>
    /// <param name="connection">What is read on.</param>
    /// <param name="row">The table.</param>
    /// <param name="work">What is made for each row; null: a vector, of any encoder.</param>
    public static RowCount Of(SqliteConnection connection, RowSql row, IngestWork? work) => connection.Query(
        new PendingSql(row, work).Count,
        static reader => new RowCount(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)),
        ("@table", row.Layout.Table),
        ("@blank", BlankCharacters.All))[0];

    /// <summary>Counts the rows with text.</summary>
    public static long WithText(SqliteConnection connection, RowSql row) =>
        Count(connection, $"SELECT count(*) FROM {row.Table} AS t WHERE {PendingSql.HasText(row)}", row);

    /// <summary>Counts the pending rows whose text has changed since their vector was made.</summary>
    public static long Changed(SqliteConnection connection, RowSql row) => row.IsChanged is not { } changed ? 0 : Count(
        connection,
        $"SELECT count(*) FROM {row.Table} AS t WHERE {row.Vector} IS NOT NULL AND {changed} AND {PendingSql.HasText(row)} AND NOT {new PendingSql(row, work: null).Failed}",
        row);

    private static long Count(SqliteConnection connection, string sql, RowSql row) => Convert.ToInt64(
        connection.Scalar(sql, ("@table", row.Layout.Table), ("@blank", BlankCharacters.All)), CultureInfo.InvariantCulture);
}

/// <summary>What there is to do in a table.</summary>
/// <param name="Pending">Rows to do.</param>
/// <param name="Failed">Rows that failed.</param>
/// <param name="Gone">Metrics rows left by rows that are gone or have no text any more.</param>
internal sealed record RowCount(long Pending, long Failed, long Gone);
