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

        // $1 to $7 as KeyRangeSql.Advance has them, $8 versions, or the texts that the rows must still have, $9 to $13 metrics, then the
        // key columns, then the vectors, then the texts where they are compared. Unnested in the select list: a set in FROM is
        // materialized first, which copies each vector twice.
        var next = 14;
        List<(string Array, string Name)> columns =
        [
            ("$8", "version"), ("$9", "word_ratio"), ("$10", "word_count"), ("$11", "length"), ("$12", "entity_count"), ("$13", "frequency"),
            .. Enumerable.Range(1, key.Count).Select(number => ($"${next++}", $"k{number}")),
        ];
        if (target.SendsVectors)
        {
            columns.Add(($"${next++}", "vector"));
        }

        if (target.ComparesTexts)
        {
            columns.Add(($"${next}", "text"));
        }

        var from = $"(SELECT {string.Join(", ", columns.Select(column => $"pg_catalog.unnest({column.Array}) AS {column.Name}"))}, " +
            "pg_catalog.generate_subscripts($8, 1) AS place) AS u";
        const string Kept = "u.place, u.word_ratio, u.word_count, u.length, u.entity_count, u.frequency";
        var ofVersion = new SentRows(from, $"{key.EqualsSent} AND {guards.Unchanged("u.version")}", Kept);
        var ofText = ofVersion with { IsUnchanged = $"{key.EqualsSent} AND {guards.HasText($"t.{layout.Text.Sql}", "u.version")}" };
        ComparesTexts = target.ComparesTexts;
        var refused = ComparesTexts ? "(SELECT pg_catalog.count(*) FROM written WHERE NOT is_kept)" : "0::bigint";
        var appeared = target.UpdatesRows && !ComparesTexts ? TriggerSql.RunsBeforeUpdate(layout.Table) : "false";
        string WriteAll(string fence, SentRows rows, bool areNew) => $"""
            WITH fence AS (
            {fence}
            ), {target.Write(rows)}, {MetricsSql.Build(layout, frequency, areNew, keepsHash: !target.SendsVectors && layout.Side is null)}
            SELECT (SELECT pg_catalog.count(*) FROM fence), (SELECT pg_catalog.count(*) FROM written), {refused},
                   CASE WHEN (SELECT pg_catalog.count(*) FROM written) < pg_catalog.cardinality($8) THEN ARRAY(SELECT w.place FROM written AS w) END,
                   {appeared}
            """;
        Write = WriteAll(KeyRangeSql.Advance(guards), ofVersion, areNew: false);
        WriteNew = target.SendsVectors && !layout.Metrics.IsNone && layout.Metrics.HasUniqueKey ? WriteAll(KeyRangeSql.Advance(guards), ofVersion, areNew: true) : null;
        WriteSameTexts = WriteAll(KeyRangeSql.Verify(guards), ofText, areNew: false);
        Fail = FailedRowSql.Insert(layout, guards);
    }

    /// <summary>True when the texts are sent and compared with what is stored, because a trigger may change them.</summary>
    public bool ComparesTexts { get; }

    /// <summary>
    /// Writes a batch; returns 1 or 0 for the fence, the number of rows written, the number of them that a trigger gave another text,
    /// where some were not written, the places of those that were, and whether a trigger has appeared that may change texts.
    /// </summary>
    public string Write { get; }

    /// <summary>
    /// The same, for rows that have no metrics yet; fails with a unique violation where one has. Without ON CONFLICT the server logs
    /// each of them once instead of twice, and takes no lock for each. Null where that cannot be expected.
    /// </summary>
    public string? WriteNew { get; }

    /// <summary>
    /// Writes rows in whatever version, where they still have the texts that are sent in place of versions; in the transaction of
    /// <see cref="Write"/> and after it. Another session may update other columns of a row all the time.
    /// </summary>
    public string WriteSameTexts { get; }

    /// <summary>Records failed rows, in the transaction of <see cref="Write"/> and after its fence.</summary>
    public string Fail { get; }
}
