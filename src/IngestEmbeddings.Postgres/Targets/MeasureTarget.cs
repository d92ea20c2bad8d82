using IngestEmbeddings.Postgres.Sql;

namespace IngestEmbeddings.Postgres.Targets;

/// <summary>Metrics alone, for rows with a vector and without metrics.</summary>
internal sealed record MeasureTarget(VectorTarget Vectors) : RunTarget(Vectors)
{
    public override string Destination => Layout.Metrics.Table.Sql;

    public override bool SendsVectors => false;

    public override bool UpdatesRows => false;

    public override bool ReadsTextHash => Layout.Metrics.TextHash is not null;

    public override bool MayEstimate => true;

    // Metrics take microseconds a row: a key range of that many is still done in a fraction of a second.
    public override int MaxRangeRows => 16_384;

    public override LocalSettings CountSettings => Vectors.CountSettings;

    public override string? Guard => Vectors.StillPresent;

    public override bool CanCopy => Vectors.ReplacedSince is null;

    /// <summary>True when the role may lock rows, which takes the right to update them.</summary>
    public bool MayLockRows { get; init; }

    /// <summary>
    /// Locks rows between the check and the commit where the metrics do not record which text they are of. Where they do, the lock,
    /// which writes every page of the table, is not needed: the next count compares the hash with the text.
    /// </summary>
    /// <remarks>
    /// Without lock and hash, a text that changes between the check and the commit, in a transaction that also deletes its metrics,
    /// leaves the metrics of the old text.
    /// </remarks>
    private bool LocksRows => MayLockRows && Layout.Metrics.TextHash is null;

    public override string RowLock => LocksRows ? " FOR SHARE OF t" : "";

    public override string Pending(string? destination, string blank, KeyBounds? range = null) =>
        $"{PendingSql.Unmeasured(Layout, Vectors.ReplacedSince, range)} AND {Measurable(destination, blank)}";

    /// <summary>The row is one to measure, measured or not: it has a vector, and a text that is not blank.</summary>
    public string Measurable(string? destination, string blank) =>
        $"{Vectors.Present} AND {Workable(destination, blank)}";

    // The keys of both tables are merged, which reads two indexes; rows, with their vectors, are read only where a key has no
    // metrics. That takes a quarter of the time of reading the table. OFFSET 0 and LATERAL force that order: with stale statistics
    // the planner would begin with the rows.
    public override (string Sql, LocalSettings Settings) CountLeft(string? destination, string blank)
    {
        if (Vectors.ReplacedSince is not null)
        {
            return Count(destination, blank);
        }

        var key = new KeySql(Layout.Key);
        var sql = $"""
            SELECT count(*) + {CountEmpty(destination, blank)}, 0::bigint
            FROM (SELECT {key.ColumnsAsSent} FROM {Layout.Table.Sql} AS t WHERE {PendingSql.WithoutMetricsRow(Layout)} OFFSET 0) AS u
            CROSS JOIN LATERAL (
                SELECT FROM {Layout.Table.Sql} AS t WHERE {key.EqualsSent} AND {Measurable(destination, blank)} OFFSET 0
            ) AS r
            """;
        return (sql, LocalSettings.LongInOrder);
    }

    public override string Write(SentRows rows) => $"""
        written AS (
        SELECT {new KeySql(Layout.Key).ColumnsAsSent}, {PendingSql.TextHash(Layout)} AS text_hash, {rows.Metrics}
        FROM {rows.From}
        JOIN {Layout.Table.Sql} AS t ON {rows.IsUnchanged}
        WHERE EXISTS (SELECT FROM fence) AND {Vectors.Present}{RowLock}
        )
        """;

    // A separate table has vectors of several models for a row.
    protected override string? CountInOnePass(string workable, string hasText) => !Layout.Metrics.HasUniqueKey || Layout.Side is not null
        ? null
        : $"""
          SELECT counted.pending, (SELECT count(*) FROM {Layout.Metrics.Table.Sql}) - counted.kept
          FROM (
              SELECT count(*) FILTER (WHERE ({Layout.Metrics.HasValues}{PendingSql.Since(Layout, Vectors.ReplacedSince)}) IS NOT TRUE AND {Vectors.Present} AND {workable}) AS pending,
                     count(m.{Layout.Metrics.Key[0].Sql}) FILTER (WHERE {hasText}) AS kept
              FROM {Layout.Table.Sql} AS t LEFT JOIN {Layout.Metrics.Table.Sql} AS m ON {PendingSql.MetricsOf(Layout)}
              OFFSET 0
          ) AS counted
          """;

    private string CountEmpty(string? destination, string blank) => $"""
        (SELECT count(*) FROM {Layout.Metrics.Table.Sql} AS m JOIN {Layout.Table.Sql} AS t ON {PendingSql.MetricsOf(Layout)}
         WHERE NOT {Layout.Metrics.HasValues} AND {Measurable(destination, blank)})
        """;
}
