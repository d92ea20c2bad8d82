using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
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

    public override string Value => $"t.{Column.Sql}";

    public override string HasValue => Present;

    public override LocalSettings CountSettings => LocalSettings.Long;

    public override ValueTask<VectorTarget> ForModelAsync(NpgsqlConnection connection, string model, CancellationToken cancellationToken) =>
        ValueTask.FromResult<VectorTarget>(this);

    public override string Absent(KeyBounds? range) => ReplacedSince is null
        ? $"t.{Column.Sql} IS NULL"
        : $"(t.{Column.Sql} IS NULL OR NOT EXISTS (SELECT FROM {Layout.Metrics.Table.Sql} m " +
            $"WHERE {PendingSql.MetricsOf(Layout)} AND m.{Layout.Metrics.UpdatedAt!.Sql} >= {ReplacedSince}))";

    // A trigger before the update may have changed the text that the vector was made of. Texts that were cut are not compared.
    private string IsTextKept => $"u.text IS NULL OR t.{Layout.Text.Sql}::text COLLATE \"C\" IS NOT DISTINCT FROM u.text";

    public override string Write(SentRows rows) => $"""
        written AS (
        UPDATE {Layout.Table.Sql} AS t
        SET {Column.Sql} = u.vector
        FROM {rows.From}
        WHERE EXISTS (SELECT FROM fence) AND {rows.IsUnchanged} AND {Absent(range: null)}
        RETURNING {new KeySql(Layout.Key).ColumnsAsSent}, {rows.Metrics}{(Layout.Table.HasRowTriggers ? $", {IsTextKept} AS is_kept" : "")}
        )
        """;
}
