using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Targets;

/// <summary>Vectors in a column of the table with the texts.</summary>
/// <remarks>
/// Nothing in a column tells when a vector was written. The row's metrics do: the same statement writes them.
/// </remarks>
internal sealed record ColumnVectors(TableLayout Layout) : VectorTarget(Layout)
{
    public override string Destination => $"{Layout.Table.Sql}.{Column.Sql}";

    public override bool KeepsTextHash => false;

    public override bool CanReplace => Layout.Metrics.UpdatedAt is not null;

    public override string Present => $"t.{Column.Sql} IS NOT NULL";

    // A row in the version that was read has the vector that it had then.
    public override string? StillPresent => null;

    public override string AnyVector => $"SELECT EXISTS (SELECT FROM {Layout.Table.Sql} AS t WHERE t.{Column.Sql} IS NOT NULL)";

    public override string Source => $"{Layout.Table.Sql} AS t";

    public override string OuterSource => Source;

    public override string IsCurrent => "NULL::pg_catalog.bool";

    public override string Value => $"t.{Column.Sql}";

    public override string HasValue => Present;

    public override LocalSettings CountSettings => LocalSettings.Long;

    public override ValueTask<VectorTarget> ForModelAsync(NpgsqlConnection connection, string model, CancellationToken cancellationToken) =>
        ValueTask.FromResult<VectorTarget>(this);

    public override string Absent(KeyBounds? range)
    {
        var changed = OfOtherText is { } other ? $"EXISTS ({Metrics} AND {other}{Within(range)})" : null;
        return Changed == ChangedTexts.Only
            ? $"(t.{Column.Sql} IS NOT NULL AND {changed ?? "false"})"
            : AnyOf(
                $"t.{Column.Sql} IS NULL",
                ReplacedSince is null ? null : $"NOT EXISTS ({Metrics} AND m.{Layout.Metrics.UpdatedAt!.Sql} >= {ReplacedSince}{Within(range)})",
                changed);
    }

    // A join of the two counts would keep the server to one core. Joined, the metrics are hashed once; as a condition of each row they would be looked up one by one, and in one process.
    public override string? CountInOnePass(string workable, string hasText)
    {
        var metrics = Layout.Metrics;
        if (!metrics.HasUniqueKey)
        {
            return null;
        }

        var absent = Changed == ChangedTexts.Only
            ? $"(t.{Column.Sql} IS NOT NULL AND {OfOtherText ?? "false"})"
            : AnyOf(
                $"t.{Column.Sql} IS NULL",
                ReplacedSince is null ? null : $"m.{metrics.UpdatedAt!.Sql} IS NULL OR m.{metrics.UpdatedAt.Sql} < {ReplacedSince}",
                OfOtherText);
        return $"""
            SELECT counted.pending, (SELECT count(*) FROM {metrics.Table.Sql} AS m) - counted.kept
            FROM (
                SELECT count(*) FILTER (WHERE {absent} AND {workable}) AS pending, count(m.{metrics.Key[0].Sql}) FILTER (WHERE {hasText}) AS kept
                FROM {Layout.Table.Sql} AS t LEFT JOIN {metrics.Table.Sql} AS m ON {PendingSql.MetricsOf(Layout)}
                OFFSET 0
            ) AS counted
            """;
    }

    private string Metrics => $"SELECT FROM {Layout.Metrics.Table.Sql} m WHERE {PendingSql.MetricsOf(Layout)}";

    // Of an unknown text, NULL, is not of another.
    private string? OfOtherText => Changed != ChangedTexts.Ignored && Layout.Metrics.TextHash is { } hash
        ? $"m.{hash.Sql} <> {PendingSql.TextHash(Layout)}"
        : null;

    private string Within(KeyBounds? range) => range is null ? "" : " AND " + range(new KeySql(Layout.Metrics.Key), "m");

    private static string AnyOf(params IEnumerable<string?> conditions) => $"({string.Join(" OR ", conditions.OfType<string>())})";

    // A trigger before the update may have changed the text that the vector was made of. Texts that were cut are not compared.
    private string IsTextKept => $"u.text IS NULL OR t.{Layout.Text.Sql}::text COLLATE \"C\" IS NOT DISTINCT FROM u.text";

    public override string Write(SentRows rows) => $"""
        written AS (
        UPDATE {Layout.Table.Sql} AS t
        SET {Column.Sql} = u.vector
        FROM {rows.From}
        WHERE EXISTS (SELECT FROM fence) AND {rows.IsUnchanged} AND {Absent(range: null)}
        RETURNING {new KeySql(Layout.Key).ColumnsAsSent}, {PendingSql.TextHash(Layout)} AS text_hash, {rows.Metrics}{(Layout.Table.HasRowTriggers ? $", {IsTextKept} AS is_kept" : "")}
        )
        """;
}
