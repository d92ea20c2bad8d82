using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>The part of the write that keeps the metrics of the rows that the set <c>written</c> holds.</summary>
internal static class MetricsSql
{
    /// <summary>One or two named sub-statements.</summary>
    /// <param name="layout">The table.</param>
    /// <param name="frequency">False: frequency is left as it is, NULL where the row is new.</param>
    /// <param name="areNew">True: no row has metrics; it is an error where one has.</param>
    /// <param name="keepsHash">
    /// True where no vector is written: a hash that is there is that of the vector's text and stays.
    /// </param>
    public static string Build(TableLayout layout, bool frequency, bool areNew, bool keepsHash)
    {
        var metrics = layout.Metrics;
        if (metrics.IsNone)
        {
            return "measured AS (SELECT)";
        }

        (CatalogColumn Column, string Value)?[] values =
        [
            (metrics.WordRatio, "w.word_ratio"),
            (metrics.WordCount, "w.word_count"),
            (metrics.Length, "w.length"),
            (metrics.EntityCount, "w.entity_count"),
            frequency ? (metrics.Frequency, "w.frequency") : null,
            metrics.TextHash is { } textHash ? (textHash, "w.text_hash") : null,
            metrics.UpdatedAt is { } updatedAt ? (updatedAt, "now()") : null,
        ];
        var set = values.OfType<(CatalogColumn Column, string Value)>().ToList();
        var key = metrics.Key.Select((column, index) => (Column: column, Value: $"w.k{index + 1}")).ToList();
        var insert = $"""
            INSERT INTO {metrics.Table.Sql} AS m ({string.Join(", ", key.Concat(set).Select(pair => pair.Column.Sql))})
            SELECT {string.Join(", ", key.Concat(set).Select(Cast))} FROM written AS w
            """;
        return areNew ? $"measured AS (\n{insert}\n)"
            : metrics.HasUniqueKey
            ? $"""
              measured AS (
              {insert}
              ON CONFLICT ({string.Join(", ", key.Select(pair => pair.Column.Sql))}) DO UPDATE
              SET {string.Join(", ", set.Select(pair => Assign(pair.Column, $"excluded.{pair.Column.Sql}")))}
              )
              """
            : $"""
              changed AS (
              UPDATE {metrics.Table.Sql} AS m SET {string.Join(", ", set.Select(pair => Assign(pair.Column, Cast(pair))))}
              FROM written AS w WHERE {Same("m")}
              RETURNING {string.Join(", ", key.Select(pair => "m." + pair.Column.Sql))}
              ), measured AS (
              {insert} WHERE NOT EXISTS (SELECT FROM changed WHERE {Same("changed")})
              )
              """;

        string Assign(CatalogColumn column, string value) =>
            $"{column.Sql} = {(keepsHash && column == metrics.TextHash ? $"coalesce(m.{column.Sql}, {value})" : value)}";

        string Same(string set) => string.Join(" AND ", key.Select(pair => $"{set}.{pair.Column.Sql} {KeySql.Operator(pair.Column, "=")} {Cast(pair)}"));
    }

    private static string Cast((CatalogColumn Column, string Value) pair) => $"{pair.Value}::{pair.Column.Type}";
}
