using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.Targets;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>The statements that write a batch.</summary>
/// <remarks>
/// One statement does it all: it verifies the fence first, and everything else depends on that. Rows are written only in the
/// version that was read (<c>xmin</c>), so that a vector never belongs to another text than the row has; metrics are written for
/// exactly the rows that were.
/// </remarks>
internal sealed class WriteStatements
{
    public WriteStatements(RunTarget target, WriteGuards guards, bool frequency)
    {
        var layout = target.Layout;
        var key = new KeySql(layout.Key);

        // $1 to $7 as KeyRangeSql.Advance has them, $8 versions, $9 to $13 metrics, then the key columns, then the vectors. Unnested in
        // the select list: a set in FROM is materialized first, which copies each vector twice.
        IEnumerable<(string Array, string Name)> columns =
        [
            ("$8", "version"), ("$9", "word_ratio"), ("$10", "word_count"), ("$11", "length"), ("$12", "entity_count"), ("$13", "frequency"),
            .. Enumerable.Range(1, key.Count).Select(number => ($"${13 + number}", $"k{number}")),
        ];
        if (target.SendsVectors)
        {
            columns = columns.Append(($"${14 + key.Count}", "vector"));
        }

        var sent = new SentRows(
            $"(SELECT {string.Join(", ", columns.Select(column => $"unnest({column.Array}) AS {column.Name}"))}) AS u",
            $"{key.EqualsSent} AND {guards.Unchanged("u.version")}",
            "u.word_ratio, u.word_count, u.length, u.entity_count, u.frequency");
        string WriteAll(bool areNew) => $"""
            WITH fence AS (
            {KeyRangeSql.Advance(guards)}
            ), {target.Write(sent)}, {MetricsSql.Build(layout, frequency, areNew)}
            SELECT (SELECT count(*) FROM fence), (SELECT count(*) FROM written)
            """;
        Write = WriteAll(areNew: false);
        WriteNew = target.SendsVectors && layout.Metrics.HasUniqueKey ? WriteAll(areNew: true) : null;
        Fail = FailedRowSql.Insert(layout.Table.Sql, key, guards);
    }

    /// <summary>Writes a batch; returns 1 or 0 for the fence and the number of rows written.</summary>
    public string Write { get; }

    /// <summary>
    /// The same, for rows that have no metrics yet; fails with a unique violation where one has. Without ON CONFLICT the server logs
    /// each of them once instead of twice, and takes no lock for each. Null where that cannot be expected.
    /// </summary>
    public string? WriteNew { get; }

    /// <summary>Records failed rows, in the transaction of <see cref="Write"/> and after its fence.</summary>
    public string Fail { get; }
}
