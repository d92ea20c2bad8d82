using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Targets;

/// <summary>Vectors in a separate table, one row for each row with a text and each model.</summary>
internal sealed record SideTableVectors(TableLayout Layout, SideTable Side) : VectorTarget(Layout)
{
    /// <summary>The model whose vectors are meant; null for any.</summary>
    public string? Model { get; private init; }

    /// <summary><see cref="Model"/>, quoted by the server.</summary>
    private string? ModelSql { get; init; }

    public override string Destination => ModelSql is null ? $"{Side.Table.Sql}.{Column.Sql}" : DestinationOfModels + ModelSql;

    public override string DestinationOfModels => $"{Side.Table.Sql}.{Column.Sql} of ";

    public override bool KeepsTextHash => true;

    public override bool CanReplace => true;

    public override string Present => $"EXISTS (SELECT FROM {Side.Table.Sql} e WHERE {OfRow})";

    public override string? StillPresent => Present;

    public override string AnyVector =>
        $"SELECT EXISTS (SELECT FROM {Side.Table.Sql} AS e WHERE {(ModelSql is null ? "true" : $"e.{Side.Model.Sql} = {ModelSql}")})";

    public override string Source =>
        $"{Side.Table.Sql} AS e JOIN {Layout.Table.Sql} AS t ON {string.Join(" AND ", Layout.Key.Select((column, index) => $"e.{Side.Key[index].Sql} {KeySql.Operator(column, "=")} t.{column.Sql}"))}";

    public override string OuterSource => $"{Layout.Table.Sql} AS t LEFT JOIN {Side.Table.Sql} AS e ON {OfRow}";

    public override string IsCurrent => $"e.{Side.TextHash.Sql} = {PendingSql.TextHash(Layout)}";

    public override string Value => $"e.{Column.Sql}";

    public override string HasValue => $"e.{Column.Sql} IS NOT NULL{(ModelSql is null ? "" : $" AND e.{Side.Model.Sql} = {ModelSql}")}";

    public override LocalSettings CountSettings => LocalSettings.LongByHash;

    private string OfRow =>
        string.Join(" AND ", Layout.Key.Select((column, index) => $"e.{Side.Key[index].Sql} {KeySql.Operator(column, "=")} t.{column.Sql}")) +
        (ModelSql is null ? "" : $" AND e.{Side.Model.Sql} = {ModelSql}");

    public override async ValueTask<VectorTarget> ForModelAsync(
        NpgsqlConnection connection, string model, CancellationToken cancellationToken)
    {
        var quoted = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command("SELECT quote_literal($1)", Statements.Value(model)),
            static row => row.GetString(0),
            cancellationToken);
        return this with { Model = model, ModelSql = quoted };
    }

    public override string Absent(KeyBounds? range)
    {
        var hash = $"e.{Side.TextHash.Sql} {(Changed == ChangedTexts.Only ? "<>" : "=")} {PendingSql.TextHash(Layout)}";
        return $"{(Changed == ChangedTexts.Only ? "" : "NOT ")}EXISTS (SELECT FROM {Side.Table.Sql} e WHERE {OfRow}" +
            $"{(Changed == ChangedTexts.Ignored ? "" : $" AND {hash}")}" +
            $"{(ReplacedSince is null ? "" : $" AND e.{Side.UpdatedAt.Sql} >= {ReplacedSince}")}" +
            $"{(range is null ? "" : " AND " + range(new KeySql(Side.Key), "e"))})";
    }

    // Without a model a row may have several vectors.
    public override string? CountInOnePass(string workable, string hasText)
    {
        if (ModelSql is null)
        {
            return null;
        }

        var none = $"e.{Side.Model.Sql} IS NULL";
        var other = $"e.{Side.TextHash.Sql} <> {PendingSql.TextHash(Layout)}";
        var absent = Changed switch
        {
            ChangedTexts.Only => other,
            ChangedTexts.Ignored => none,
            _ => $"{none} OR {other}",
        };
        var old = ReplacedSince is null || Changed == ChangedTexts.Only ? "" : $" OR e.{Side.UpdatedAt.Sql} < {ReplacedSince}";
        return $"""
            SELECT counted.pending, (SELECT count(*) FROM {Side.Table.Sql} AS e WHERE e.{Side.Model.Sql} = {ModelSql}) - counted.kept
            FROM (
                SELECT count(*) FILTER (WHERE ({absent}{old}) AND {workable}) AS pending, count(e.{Side.Model.Sql}) FILTER (WHERE {hasText}) AS kept
                FROM {Layout.Table.Sql} AS t LEFT JOIN {Side.Table.Sql} AS e ON {OfRow}
                OFFSET 0
            ) AS counted
            """;
    }

    // The table with the texts is only read: the join drops rows that were changed or deleted. A row whose vector another process
    // has just written counts as written: the vector is of this very text.
    public override string Write(SentRows rows)
    {
        var key = new KeySql(Layout.Key);
        var keyColumns = string.Join(", ", Side.Key.Select(column => column.Sql));
        return $"""
            guarded AS (
            SELECT {key.ColumnsAsSent}, {PendingSql.TextHash(Layout)} AS text_hash, u.vector, {rows.Metrics}
            FROM {rows.From}
            JOIN {Layout.Table.Sql} AS t ON {rows.IsUnchanged}
            WHERE EXISTS (SELECT FROM fence)
            ), stored AS (
            INSERT INTO {Side.Table.Sql} AS e ({keyColumns}, {Side.Model.Sql}, {Side.TextHash.Sql}, {Side.Vector.Sql}, {Side.UpdatedAt.Sql})
            SELECT {key.Sent}, {ModelSql}, text_hash, vector, now() FROM guarded
            ON CONFLICT ({keyColumns}, {Side.Model.Sql}) DO UPDATE
            SET {Side.TextHash.Sql} = excluded.{Side.TextHash.Sql}, {Side.Vector.Sql} = excluded.{Side.Vector.Sql}, {Side.UpdatedAt.Sql} = excluded.{Side.UpdatedAt.Sql}
            WHERE e.{Side.TextHash.Sql} IS DISTINCT FROM excluded.{Side.TextHash.Sql}{(ReplacedSince is null ? "" : $" OR e.{Side.UpdatedAt.Sql} < {ReplacedSince}")}
            ), written AS (
            SELECT {key.Sent}, text_hash, {rows.Metrics} FROM guarded AS u
            )
            """;
    }
}
