using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Sqlite.Writing;

/// <summary>The statements that write one row of a run.</summary>
/// <param name="row">The row.</param>
/// <param name="work">What is made for it.</param>
internal sealed class WriteStatements(RowSql row, IngestWork work)
{
    /// <summary>Sets <c>@vector</c>, if the row still has <c>@text</c> and no vector.</summary>
    public string Vector => $"""
        UPDATE {row.Table} AS t SET {Identifier.Quote(row.Layout.Embedding)} = @vector
        WHERE {row.HasKey} AND {row.HasText} AND {new PendingSql(row, work).NotDone}
        """;

    /// <summary>
    /// Writes the metrics <c>@m0</c>, <c>@m1</c>, … of a row. With a vector they replace older ones, except that a frequency
    /// that was not counted stays; alone they are only inserted, if the row still has <c>@text</c> and a vector.
    /// </summary>
    public string Metrics
    {
        get
        {
            var metrics = row.Layout.Metrics;
            List<string> columns = [.. metrics.Key, .. metrics.Columns];
            List<string> values = [row.KeyParameters, .. MetricParameters(metrics.Columns.Count)];
            if (metrics.TextHash is { } textHash)
            {
                columns.Add(textHash);
                values.Add(TextHash.Sql(LongTexts.Kept("@text")));
            }

            if (metrics.UpdatedAt is { } updatedAt)
            {
                columns.Add(updatedAt);
                values.Add(WriteTime);
            }

            var insert = $"INSERT INTO {row.Metrics}({string.Join(", ", columns.Select(Identifier.Quote))})";
            var list = string.Join(", ", values);
            var conflict = $"ON CONFLICT({string.Join(", ", metrics.Key.Select(Identifier.Quote))}) DO";
            var updates = string.Join(", ", columns.Skip(metrics.Key.Count).Select(column => Assign(metrics, column)));
            return work is MeasureWork
                ? $"""
                    {insert} SELECT {list} FROM {row.Table} AS t
                    WHERE {row.HasKey} AND {row.HasText} AND {row.Vector} IS NOT NULL
                    {conflict} UPDATE SET {updates}{(work is MeasureWork { Recompute: true } ? "" : $" WHERE coalesce({string.Join(", ", metrics.Columns.Select(Identifier.Quote))}) IS NULL")}
                    """
                : $"{insert} VALUES ({list}) {conflict} UPDATE SET {updates}";
        }
    }

    // Metrics that are made again count as new even in the millisecond in which the run began, or after a clock was set back.
    private string WriteTime => row.MeasuredSince is { } since
        ? $"max({StateTables.Now}, {StateTables.After(since)})"
        : StateTables.Now;

    /// <summary>One row when the row is still as it was read, so that a write that changed nothing was suppressed.</summary>
    public string Unwritten => $"SELECT 1 FROM {row.Table} AS t WHERE {row.HasKey} AND {row.HasText} AND {new PendingSql(row, work).NotDone}";

    /// <summary>One row when a row that was written still has <c>@text</c>, its vector and metrics.</summary>
    public string Written =>
        $"SELECT 1 FROM {row.Table} AS t WHERE {row.HasKey} AND {row.HasText} AND {row.Vector} IS NOT NULL{(row.Layout.Metrics.IsNone ? "" : $" AND {row.HasMetrics}")}";

    /// <summary>The parameters of the metrics, in the order of <see cref="MetricsNames.Required"/>.</summary>
    // A frequency that was skipped stays. Where no vector is written, a hash that is there is that of the vector's text and stays.
    private string Assign(MetricsLayout metrics, string column)
    {
        var name = Identifier.Quote(column);
        return column == metrics.Frequency ? $"{name} = coalesce(excluded.{name}, {name})"
            : column == metrics.TextHash && work is MeasureWork ? $"{name} = coalesce({name}, excluded.{name})"
            : $"{name} = excluded.{name}";
    }

    public static IReadOnlyList<string> MetricParameters(int count) => [.. Enumerable.Range(0, count).Select(metric => $"@m{metric}")];
}
