using System.Globalization;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.Targets;

namespace IngestEmbeddings.Postgres.Searching;

/// <summary>The statements that find rows. $1 vector or words, $2 rows, $3 key of the row that is left out.</summary>
/// <param name="vectors">Where the vectors are.</param>
/// <param name="columns">The columns whose values come with each row.</param>
internal sealed class SearchSql(VectorTarget vectors, IReadOnlyList<SearchColumn> columns)
{
    private readonly TableLayout _layout = vectors.Layout;
    private readonly KeySql _key = new(vectors.Layout.Key);

    private string Measured => columns.Any(static column => column.OfMetrics)
        ? $" LEFT JOIN {_layout.Metrics.Table.Sql} AS m ON {PendingSql.MetricsOf(_layout)}"
        : "";

    /// <summary>The rows whose vectors are nearest.</summary>
    /// <param name="index">How the distance is written.</param>
    /// <param name="excludesRow">True where $3 is a row to leave out.</param>
    public string Nearest(SearchIndex index, bool excludesRow)
    {
        var rows = $"""
            FROM {vectors.Source}{Measured}
            WHERE {vectors.HasValue}{(excludesRow ? $" AND NOT ({_key.Is("$3")})" : "")}
            """;
        return index.Oversampling == 1
            ? $"""
            SELECT {Row(index.Score)}
            {rows}
            ORDER BY {index.Order}
            LIMIT $2
            """
            : string.Create(
                CultureInfo.InvariantCulture,
                $"""
                SELECT * FROM (
                SELECT {Row(index.Score)}
                {rows}
                ORDER BY {index.Order}
                LIMIT {index.Oversampling} * $2
                ) AS n
                ORDER BY score DESC
                LIMIT $2
                """);
    }

    /// <summary>The rows that have the words.</summary>
    public string Matching(FullText text) => $"""
        SELECT {Row($"pg_catalog.ts_rank_cd({text.Vector}, {text.Query})::pg_catalog.float8")}
        FROM {_layout.Table.Sql} AS t{Measured}
        WHERE {text.Vector} OPERATOR(pg_catalog.@@) {text.Query}
        ORDER BY score DESC, {_key.Columns}
        LIMIT $2
        """;

    /// <summary>The vector of the row whose key is $1, at most two.</summary>
    public string VectorOf => $"""
        SELECT {vectors.Value}::{(vectors.Column.TypeName == "bit" ? "pg_catalog.text" : "pg_catalog.float4[]")}
        FROM {vectors.Source}
        WHERE {vectors.HasValue} AND {_key.Is("$1")}
        LIMIT 2
        """;

    private string Row(string score) =>
        $"{_key.AsArray}, {score} AS score, {LongTexts.Read(_layout)}{string.Concat(columns.Select(static column => $", coalesce(pg_catalog.to_json({column.Sql})::pg_catalog.text, 'null')"))}";
}

/// <summary>A column whose values come with each row.</summary>
/// <param name="Sql">The column of the table <c>t</c> or the metrics <c>m</c>.</param>
/// <param name="OfMetrics">True for one of the metrics table.</param>
internal sealed record SearchColumn(string Sql, bool OfMetrics)
{
    /// <summary>Finds columns by their names, of the table before those of its metrics.</summary>
    /// <exception cref="IngestException">One does not exist.</exception>
    public static IReadOnlyList<SearchColumn> Find(TableLayout layout, IReadOnlyList<string> names) =>
    [
        .. names.Select(name =>
            layout.Table.Column(name) is { } own ? new SearchColumn($"t.{own.Sql}", OfMetrics: false)
            : layout.Metrics.Table.Column(name) is { } metric ? new SearchColumn($"m.{metric.Sql}", OfMetrics: true)
            : throw new IngestException(
                IngestError.Configuration,
                $"{layout.Table.FullName}{(layout.Metrics.IsNone ? " has" : $" and {layout.Metrics.Table.FullName} have")} no column {name}: there are " +
                $"{string.Join(", ", layout.Table.Columns.Concat(layout.Metrics.Table.Columns).Select(static column => column.Name).Distinct(StringComparer.Ordinal))}.")),
    ];
}
