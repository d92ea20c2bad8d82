using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Sqlite.Reading;

/// <summary>The statements that read the pending rows of a run: the key, the text, and the frequency where it is counted.</summary>
/// <param name="row">The row.</param>
/// <param name="request">The run.</param>
internal sealed class ReadStatements(RowSql row, RunRequest request)
{
    private readonly PendingSql _pending = new(row, request.Work);

    /// <summary>The first <c>@rows</c> pending rows in key order.</summary>
    public string First => Read("");

    /// <summary>The same, after a key.</summary>
    public string Next => Read($"AND ({row.Keys}) > ({row.KeyParameters})");

    /// <summary>One row when any row is pending, else none.</summary>
    public string AnyPending => _pending.AnyPending;

    private string Read(string after)
    {
        var frequency = request.Frequency ? $", {FrequencyTable.Count}" : "";
        var join = request.Frequency ? FrequencyTable.Join(row) : "";
        return $"""
            SELECT {row.Keys}, {LongTexts.Read(row.TextColumn)}{frequency} FROM {row.Table} AS t {join}
            WHERE {_pending.Pending} {after} ORDER BY {row.Keys} LIMIT @rows
            """;
    }
}
