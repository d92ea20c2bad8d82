using System.Globalization;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Sqlite;

/// <summary>
/// The statements of a run over one table, as text. Names come from the catalog; values are parameters: the key is
/// <c>@k0</c>, <c>@k1</c>, …; the others are named where they occur.
/// </summary>
internal sealed class RowStatements
{
    /// <summary>Unicode's White_Space: what <c>@blank</c> is to be. A text of nothing else is no text.</summary>
    public static readonly string Blank =
        string.Concat(Enumerable.Range(0, char.MaxValue + 1).Select(code => (char)code).Where(char.IsWhiteSpace));

    private readonly TableLayout _layout;
    private readonly bool _metricsOnly;
    private readonly bool _frequency;

    public RowStatements(TableLayout layout, bool metricsOnly, bool frequency = false)
    {
        _layout = layout;
        _metricsOnly = metricsOnly;
        _frequency = frequency;
    }

    private string Table => Sql.Quote(_layout.Table);

    private string Vector => $"t.{Sql.Quote(_layout.Embedding)}";

    private string Metrics => Sql.Quote(_layout.Metrics.Table);

    private string TextColumn => $"t.{Sql.Quote(_layout.Text)}";

    // A cast, because SQLite lets any value into any column; a text casts to itself at no cost. BINARY, because the column
    // may have a collation that takes different texts for equal.
    private string Text => $"CAST({TextColumn} AS TEXT) COLLATE BINARY";

    private string Keys => Join(", ", key => $"t.{key}");

    private string KeyParameters => string.Join(", ", _layout.Key.Select((_, index) => $"@k{index}"));

    // The parameter is cast too, because a text that is no UTF-8 is bound as its bytes.
    private string SameText => $"{LongTexts.Kept(TextColumn)} COLLATE BINARY = {LongTexts.Kept("@text")}";

    private string OfKey => string.Join(" AND ", _layout.Key.Select((key, index) => $"t.{Sql.Quote(key.Name)} = @k{index}"));

    /// <summary>The key as the state tables keep it: its values as SQL literals.</summary>
    private string KeyLiteral => Join(" || ',' || ", key => $"quote(t.{key})");

    private string NotDone => _metricsOnly
        ? $"{Vector} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {Metrics} AS m WHERE {MetricsOfRow})"
        : $"{Vector} IS NULL";

    private string MetricsOfRow => string.Join(
        " AND ", _layout.Key.Zip(_layout.Metrics.Key, (key, metricsKey) => $"m.{Sql.Quote(metricsKey)} = t.{Sql.Quote(key.Name)}"));

    // The first character tells almost always. 33 to 126 are the visible characters of ASCII.
    private string Candidate => $"{NotDone} AND (unicode({TextColumn}) BETWEEN 33 AND 126 OR trim({TextColumn}, @blank) <> '')";

    // Whether any row was is asked once; the literal of a key costs as much as the rest of the row.
    private string SetAside =>
        $"(EXISTS (SELECT 1 FROM {StateTables.Dead} WHERE \"table\" = @table) "
        + $"AND EXISTS (SELECT 1 FROM {StateTables.Dead} AS d WHERE d.\"table\" = @table AND d.key = {KeyLiteral}))";

    /// <summary>How many rows are pending, and how many would be but are set aside.</summary>
    public string Count => $"""
        SELECT count(*) FILTER (WHERE NOT aside), count(*) FILTER (WHERE aside)
        FROM (SELECT {SetAside} AS aside FROM {Table} AS t WHERE {Candidate})
        """;

    /// <summary>One row when any row is pending, else none.</summary>
    public string AnyPending => $"SELECT 1 FROM {Table} AS t WHERE {Candidate} AND NOT {SetAside} LIMIT 1";

    /// <summary>The first <c>@rows</c> pending rows: the key, the text, and the frequency where it is counted.</summary>
    public string ReadFirst => Read("");

    /// <summary>The same, after a key.</summary>
    public string ReadNext => Read($"AND ({Keys}) > ({KeyParameters})");

    /// <summary>
    /// Sets <c>@vector</c>, if the row still has <c>@text</c> and no vector: the text is the version of the row.
    /// </summary>
    public string WriteVector => $"""
        UPDATE {Table} AS t SET {Sql.Quote(_layout.Embedding)} = @vector WHERE {OfKey} AND {SameText} AND {Vector} IS NULL
        """;

    /// <summary>
    /// Writes the metrics of a row, over older ones in a run that writes vectors. A frequency that was not counted stays as
    /// it was.
    /// </summary>
    public string WriteMetrics
    {
        get
        {
            string[] columns =
            [
                .. _layout.Metrics.Key, _layout.Metrics.WordRatio, "word_count", "length", "entity_count", "frequency",
                .. _layout.Metrics.UpdatedAt is { } updatedAt ? [updatedAt] : Array.Empty<string>(),
            ];
            var now = _layout.Metrics.UpdatedAt is null ? "" : $", {StateTables.Now}";
            var values = $"{KeyParameters}, @ratio, @words, @length, @entities, @frequency{now}";
            var insert = $"INSERT INTO {Metrics}({string.Join(", ", columns.Select(Sql.Quote))})";
            var conflict = $"ON CONFLICT({string.Join(", ", _layout.Metrics.Key.Select(Sql.Quote))}) DO";
            if (_metricsOnly)
            {
                return $"{insert} SELECT {values} FROM {Table} AS t WHERE {OfKey} AND {SameText} AND {Vector} IS NOT NULL {conflict} NOTHING";
            }

            var updates = columns.Skip(_layout.Key.Count).Select(column => column == "frequency"
                ? "frequency = coalesce(excluded.frequency, frequency)"
                : $"{Sql.Quote(column)} = excluded.{Sql.Quote(column)}");
            return $"{insert} VALUES ({values}) {conflict} UPDATE SET {string.Join(", ", updates)}";
        }
    }

    /// <summary>Sets a row aside, if it still has <c>@text</c>.</summary>
    public string WriteFailure => $"""
        INSERT INTO {StateTables.Dead}("table", key, shown, stage, reason, at)
        SELECT @table, {KeyLiteral}, @shown, @stage, @reason, {StateTables.Now} FROM {Table} AS t WHERE {OfKey} AND {SameText}
        ON CONFLICT DO UPDATE SET stage = excluded.stage, reason = excluded.reason, at = excluded.at
        """;

    /// <summary>
    /// Counts the rows of each text that several rows have: one sort of the table, spilled to disk by SQLite. Most texts
    /// occur once, so what is kept is small.
    /// </summary>
    public string CountTexts => $"""
        DROP TABLE IF EXISTS {StateTables.Frequency};
        CREATE TABLE {StateTables.Frequency}(text TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO {StateTables.Frequency}
        SELECT {Text}, count(*) FROM {Table} AS t WHERE {Text} IS NOT NULL GROUP BY {Text} HAVING count(*) > 1;
        """;

    /// <summary>The statements of a run.</summary>
    public static RowStatements For(TableLayout layout, RunRequest request) => new(layout, request.Work is MeasureWork, request.Frequency);

    /// <summary>A key in the form that messages show.</summary>
    public static string DescribeKey(ReadOnlySpan<object> key)
    {
        if (key.Length == 1)
        {
            return Describe(key[0]);
        }

        var parts = new string[key.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = Describe(key[i]);
        }

        return $"({string.Join(", ", parts)})";
    }

    private static string Describe(object value) =>
        value is byte[] bytes ? Convert.ToHexString(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private string Read(string after)
    {
        var frequency = _frequency ? ", coalesce(f.rows, 1)" : "";
        var join = _frequency ? $"LEFT JOIN {StateTables.Frequency} AS f ON f.text = {Text}" : "";
        return $"""
            SELECT {Keys}, {LongTexts.Read(TextColumn)}{frequency} FROM {Table} AS t {join}
            WHERE {Candidate} AND NOT {SetAside} {after} ORDER BY {Keys} LIMIT @rows
            """;
    }

    private string Join(string separator, Func<string, string> part) =>
        string.Join(separator, _layout.Key.Select(key => part(Sql.Quote(key.Name))));
}
