using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.Targets;
using Npgsql;

namespace IngestEmbeddings.Postgres.Scratch;

/// <summary>Copies the tables of a layout, and some of the rows.</summary>
/// <param name="layout">What is copied.</param>
/// <param name="name">The names of the copies.</param>
/// <param name="keepVectors">True: rows with a vector, and the vectors. False: any rows, without their vectors.</param>
internal sealed class ScratchCopy(TableLayout layout, ScratchName name, bool keepVectors)
{
    // Indexes, generated columns and checks cost each row something. Defaults do not, and would draw from the table's sequence.
    private const string Like = "INCLUDING INDEXES INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE";

    /// <summary>The names of the copies.</summary>
    public ScratchName Name => name;

    /// <summary>Creates the copy, in one transaction.</summary>
    /// <returns>The layout of the copy.</returns>
    public async Task<TableLayout> CreateAsync(NpgsqlConnection connection, int rows, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var copy = layout with
        {
            Table = await CreateLikeAsync(connection, layout.Table, name.Table, cancellationToken),
            Metrics = layout.Metrics.IsNone ? layout.Metrics : layout.Metrics with { Table = await CreateLikeAsync(connection, layout.Metrics.Table, name.Metrics, cancellationToken) },
        };
        if (layout.Side is { } side)
        {
            copy = copy with { Side = side with { Table = await CreateLikeAsync(connection, side.Table, name.Embeddings, cancellationToken) } };
        }

        await FillAsync(connection, copy, rows, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return copy;
    }

    private static async Task<CatalogTable> CreateLikeAsync(
        NpgsqlConnection connection, CatalogTable table, string copy, CancellationToken cancellationToken)
    {
        var sql = $"{ScratchName.Schema}.{copy}";
        var options = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                "SELECT coalesce('WITH (' || array_to_string(reloptions, ', ') || ')', '') FROM pg_catalog.pg_class WHERE oid = $1 AND relkind = 'r'",
                Statements.Oid(table.Oid)),
            static row => row.GetString(0),
            cancellationToken);
        await Statements.ExecuteAsync(
            connection, LocalSettings.Short, Statements.Command($"CREATE TABLE {sql} (LIKE {table.Sql} {Like}) {options}"), cancellationToken);
        var oid = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command("SELECT to_regclass($1)::oid", Statements.Value(sql)),
            static row => row.GetFieldValue<uint>(0),
            cancellationToken);
        return table with { Oid = oid, Schema = ScratchName.Schema, SchemaSql = ScratchName.Schema, Name = copy, Sql = sql };
    }

    private async Task FillAsync(NpgsqlConnection connection, TableLayout copy, int rows, CancellationToken cancellationToken)
    {
        var vectors = VectorTarget.Of(layout);
        var columns = layout.Table.Columns.Where(column => !column.Generated).ToList();
        var values = columns.Select(column => !keepVectors && column == layout.Vector ? "NULL" : $"t.{column.Sql}");
        await RunAsync(
            $"""
            INSERT INTO {copy.Table.Sql} ({string.Join(", ", columns.Select(column => column.Sql))})
            SELECT {string.Join(", ", values)} FROM {layout.Table.Sql} AS t
            WHERE btrim(t.{layout.Text.Sql}::text, $2) <> ''{(keepVectors ? $" AND {vectors.Present}" : "")} LIMIT $1
            """,
            Statements.Value(rows),
            PendingSql.Blank(connection));
        if (layout.Side is { } side && keepVectors)
        {
            var ofRow = string.Join(" AND ", side.Key.Zip(layout.Key, (key, own) => $"e.{key.Sql} {KeySql.Operator(own, "=")} t.{own.Sql}"));
            await RunAsync($"INSERT INTO {copy.VectorTable.Sql} SELECT e.* FROM {side.Table.Sql} AS e JOIN {copy.Table.Sql} AS t ON {ofRow}");
        }

        // Without statistics the planner guesses.
        await RunAsync($"ANALYZE {copy.Table.Sql}");

        Task RunAsync(string sql, params ReadOnlySpan<NpgsqlParameter> values) => Statements.ExecuteAsync(
            connection, LocalSettings.LongOnOwnPath, Statements.Command(sql, values), cancellationToken);
    }
}
