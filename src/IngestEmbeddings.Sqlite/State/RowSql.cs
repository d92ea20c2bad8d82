using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Sql;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>
/// Parts of statements about one row of a table, which is <c>t</c>. Names come from the catalog; values are parameters: the
/// key is <c>@k0</c>, <c>@k1</c>, …, and the text as it was read is <c>@text</c>.
/// </summary>
internal sealed class RowSql(TableLayout layout)
{
    public TableLayout Layout => layout;

    public string Table => Identifier.Quote(layout.Table);

    /// <summary>The table of the metrics, to be read; an empty set of rows where there is none.</summary>
    public string Metrics => layout.Metrics.IsNone
        ? $"(SELECT {string.Join(", ", layout.Metrics.Key.Concat(layout.Metrics.Columns).Select(static column => $"NULL AS {Identifier.Quote(column)}"))} WHERE FALSE)"
        : Identifier.Quote(layout.Metrics.Table);

    /// <summary>The column of the texts, which may hold a value of any type.</summary>
    public string TextColumn => $"t.{Identifier.Quote(layout.Text)}";

    public string Vector => $"t.{Identifier.Quote(layout.Embedding)}";

    /// <summary>The columns of the key.</summary>
    public string Keys => Join(", ", key => $"t.{key}");

    public string KeyParameters => string.Join(", ", layout.Key.Select((_, index) => $"@k{index}"));

    /// <summary>The key as <see cref="StateTables.FailedRow"/> has it: its values as SQL literals.</summary>
    public string KeyLiteral => Join(" || ',' || ", key => $"quote(t.{key})");

    /// <summary>The hash of the text, as far as it is encoded.</summary>
    public string Hash => TextHash.Sql(LongTexts.Kept(TextColumn));

    public string HasKey => string.Join(" AND ", layout.Key.Select((key, index) => $"t.{Identifier.Quote(key.Name)} = @k{index}"));

    /// <summary>
    /// The row has the text that was read, which serves as its version. BINARY, because the column may have a collation that
    /// takes different texts for equal; the parameter is cast because a text that is not UTF-8 is bound as bytes.
    /// </summary>
    public string HasText => $"{LongTexts.Kept(TextColumn)} COLLATE BINARY = {LongTexts.Kept("@text")}";

    /// <summary>The row has metrics.</summary>
    public string HasMetrics => $"EXISTS (SELECT 1 FROM {Metrics} AS m WHERE {IsMeasuredBy})";

    /// <summary>When the run that makes all metrics again began, as a literal; null where any metrics count.</summary>
    public string? MeasuredSince { get; init; }

    /// <summary>The row has metrics that count, not only a row of them in which every value is NULL.</summary>
    public string IsMeasured =>
        $"EXISTS (SELECT 1 FROM {Metrics} AS m WHERE {IsMeasuredBy} AND coalesce({string.Join(", ", layout.Metrics.Columns.Select(column => $"m.{Identifier.Quote(column)}"))}) IS NOT NULL{Since})";

    private string Since => MeasuredSince is null ? "" : $" AND m.{Identifier.Quote(layout.Metrics.UpdatedAt!)} > {MeasuredSince}";

    /// <summary>The text is another than the one that the vector was made of; null where the table cannot tell.</summary>
    public string? IsChanged => layout.Metrics.TextHash is { } hash
        ? $"EXISTS (SELECT 1 FROM {Metrics} AS m WHERE {IsMeasuredBy} AND m.{Identifier.Quote(hash)} <> {Hash})"
        : null;

    /// <summary>The metrics <c>m</c> are those of the row <c>t</c>.</summary>
    public string IsMeasuredBy => string.Join(" AND ", layout.Key.Zip(
        layout.Metrics.Key, static (key, metricsKey) => $"m.{Identifier.Quote(metricsKey)} = t.{Identifier.Quote(key.Name)}"));

    private string Join(string separator, Func<string, string> part) =>
        string.Join(separator, layout.Key.Select(key => part(Identifier.Quote(key.Name))));
}
