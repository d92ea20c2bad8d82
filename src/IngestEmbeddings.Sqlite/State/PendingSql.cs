using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>
/// Which rows of a table are pending. The parameter <c>@blank</c> is <see cref="Text.BlankCharacters.All"/>, <c>@table</c> the
/// table as <see cref="StateTables.FailedRow"/> has it.
/// </summary>
/// <param name="row">The row.</param>
/// <param name="work">What is made for it; null: a vector, of any encoder.</param>
internal sealed class PendingSql(RowSql row, IngestWork? work)
{
    /// <summary>The row lacks what the work makes.</summary>
    public string NotDone => work switch
    {
        MeasureWork => $"{row.Vector} IS NOT NULL AND NOT {row.IsMeasured}",
        EmbedWork { Changed: ChangedTexts.Only } => $"{row.Vector} IS NOT NULL AND {row.IsChanged ?? "FALSE"}",
        EmbedWork { Changed: ChangedTexts.Included } or null when row.IsChanged is { } changed => $"({row.Vector} IS NULL OR {changed})",
        _ => $"{row.Vector} IS NULL",
    };

    /// <summary>The row is pending or failed.</summary>
    public string Candidate => $"{NotDone} AND {HasText(row)}";

    /// <summary>The row has failed. Whether any row has is asked once, because the literal of a key costs as much as the rest of a row.</summary>
    public string Failed =>
        $"(EXISTS (SELECT 1 FROM {StateTables.FailedRow} WHERE \"table\" = @table) "
        + $"AND EXISTS (SELECT 1 FROM {StateTables.FailedRow} AS d WHERE d.\"table\" = @table AND d.key = {row.KeyLiteral}))";

    /// <summary>The row is pending.</summary>
    public string Pending => $"{Candidate} AND NOT {Failed}";

    /// <summary>One row when any row is pending, else none.</summary>
    public string AnyPending => $"SELECT 1 FROM {row.Table} AS t WHERE {Pending} LIMIT 1";

    /// <summary>How many rows are pending, and how many have failed.</summary>
    public string Count => $"""
        SELECT count(*) FILTER (WHERE NOT failed), count(*) FILTER (WHERE failed),
               (SELECT count(*) FROM {row.Metrics} AS m WHERE {IsGone(row)})
        FROM (SELECT {Failed} AS failed FROM {row.Table} AS t WHERE {Candidate})
        """;

    /// <summary>The text is not blank. Its first character almost always decides: 33 to 126 are the visible characters of ASCII.</summary>
    public static string HasText(RowSql row) => $"(unicode({row.TextColumn}) BETWEEN 33 AND 126 OR trim({row.TextColumn}, @blank) <> '')";

    /// <summary>The metrics <c>m</c> are of a row that is gone or has no text any more.</summary>
    public static string IsGone(RowSql row) => $"NOT EXISTS (SELECT 1 FROM {row.Table} AS t WHERE {row.IsMeasuredBy} AND {HasText(row)})";
}
