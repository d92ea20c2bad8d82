using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.Targets;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Removes what rows that are gone, or have no text any more, have left: their vectors and their metrics.</summary>
/// <remarks>
/// Each statement deletes only the versions that it saw: what another worker writes meanwhile, for a key that is used again, stays.
/// In column mode the vector of a blanked row is set to NULL where the row has metrics, which tell that this tool made it; the row is
/// locked first, so that a text that arrives meanwhile never keeps the vector of the former one.
/// </remarks>
internal sealed class RowPruner(VectorTarget vectors)
{
    // $1 table, $2 column or '', $3 metrics, $4 separate table or 0, $5 and $6 their names.
    private const string FindMissing = """
        SELECT ($2 = '' OR has_column_privilege($1, $2, 'UPDATE')),
               concat_ws(' ',
                   CASE WHEN NOT has_table_privilege($3, 'DELETE') THEN format('GRANT DELETE ON %s TO %I;', $5, current_user) END,
                   CASE WHEN $4 <> 0 AND NOT has_table_privilege(nullif($4, 0::oid), 'DELETE') THEN format('GRANT DELETE ON %s TO %I;', $6, current_user) END)
        """;

    // The keys that alone are looked at; null for all.
    private NpgsqlParameter[]? _keys;

    private TableLayout Layout => vectors.Layout;

    private string HasText => $" AND {PendingSql.Workable(Layout, destination: null, "$1")}";

    /// <summary>Reads which statement grants what is missing to prune; empty when nothing is.</summary>
    public async Task<string> FindMissingGrantAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await ReadRightsAsync(connection, cancellationToken)).Grant;

    /// <summary>Counts what rows that are gone have left: vectors in a separate table or metrics rows, whichever are more.</summary>
    public async Task<long> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var metrics = Layout.Metrics;
        var left = Layout.Side is { } side ? await CountAsync(connection, side.Table, side.Key, cancellationToken) : 0;
        return Math.Max(left, await CountAsync(connection, metrics.Table, metrics.Key, cancellationToken));
    }

    /// <summary>Prunes in one transaction.</summary>
    public async Task<PruneReport> PruneAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var report = await PruneAsync(connection, keys: null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return report;
    }

    /// <summary>Prunes within the transaction at hand.</summary>
    /// <param name="connection">The connection, in a transaction.</param>
    /// <param name="keys">The keys to look at, as texts, a parameter for each column; null for all.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public async Task<PruneReport> PruneAsync(NpgsqlConnection connection, NpgsqlParameter[]? keys, CancellationToken cancellationToken)
    {
        _keys = keys;
        var (mayEmpty, _) = await ReadRightsAsync(connection, cancellationToken);
        var (emptied, unmeasured) = Layout.Side is null && mayEmpty && !Layout.Metrics.IsNone
            ? await EmptyBlankedAsync(connection, cancellationToken)
            : (0, 0);
        var metrics = Layout.Metrics;
        var hasText = Layout.Side is null ? "" : HasText;
        var deleted = Layout.Side is { } side ? await DeleteAsync(connection, side.Table, [.. side.Key, side.Model], side.Key, hasText, cancellationToken) : 0;
        var measured = metrics.IsNone ? 0 : await DeleteAsync(connection, metrics.Table, metrics.Key, metrics.Key, hasText, cancellationToken);
        return new PruneReport(emptied + deleted, unmeasured + measured);
    }

    private Task<(bool MayEmpty, string Grant)> ReadRightsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                FindMissing,
                Statements.Oid(Layout.Table.Oid),
                Statements.Value(Layout.Side is null ? Layout.Vector.Name : ""),
                Statements.Oid(Layout.Metrics.Table.Oid),
                Statements.Oid(Layout.Side?.Table.Oid ?? 0),
                Statements.Value(Layout.Metrics.Table.Sql),
                Statements.Value(Layout.Side?.Table.Sql ?? "")),
            static row => (row.GetBoolean(0), row.GetString(1)),
            cancellationToken);

    private Task<(int Emptied, int Unmeasured)> EmptyBlankedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var key = new KeySql(Layout.Key);
        var metrics = Layout.Metrics;
        var ofBlanked = string.Join(" AND ", metrics.Key.Select((column, index) =>
            $"m.{column.Sql} {KeySql.Operator(column, "=")} u.k{index + 1}::{column.Type}"));
        return Statements.FirstAsync(
            connection,
            LocalSettings.LongOnOwnPath,
            Statements.Command(
                $"""
                WITH blanked AS MATERIALIZED (
                    SELECT {key.ColumnsAsSent} FROM {Layout.Table.Sql} AS t
                    WHERE {PendingSql.Workable(Layout, destination: null, "$1")} IS NOT TRUE
                      AND EXISTS (SELECT FROM {metrics.Table.Sql} AS m WHERE {PendingSql.MetricsOf(Layout)}){OnlyListed("t", Layout.Key)}
                    ORDER BY {key.Columns}
                    FOR NO KEY UPDATE OF t
                ), emptied AS (
                    UPDATE {Layout.Table.Sql} AS t SET {Layout.Vector.Sql} = NULL
                    FROM blanked AS u
                    WHERE {key.EqualsSent} AND t.{Layout.Vector.Sql} IS NOT NULL
                    RETURNING 1
                ), deleted AS (
                    DELETE FROM {metrics.Table.Sql} AS m USING blanked AS u WHERE {ofBlanked} RETURNING 1
                )
                SELECT (SELECT pg_catalog.count(*) FROM emptied)::pg_catalog.int4, (SELECT pg_catalog.count(*) FROM deleted)::pg_catalog.int4
                """,
                [PendingSql.Blank(connection), .. Copies()]),
            static row => (row.GetInt32(0), row.GetInt32(1)),
            cancellationToken);
    }

    // $1 is the blank characters, used or not.
    private string OnlyListed(string table, IReadOnlyList<CatalogColumn> key)
    {
        if (_keys is null)
        {
            return "";
        }

        var values = string.Join(", ", key.Select((column, index) => $"u.k{index + 1}::{column.Type}"));
        return $" AND $1::text IS NOT NULL AND ({string.Join(", ", key.Select(column => $"{table}.{column.Sql}"))}) IN (SELECT {values} FROM {new KeySql(key).Listed(first: 2)} AS u)";
    }

    // A parameter belongs to one command.
    private IEnumerable<NpgsqlParameter> Copies() => _keys?.Select(static key => key.Clone()) ?? [];

    private string IsGone(IReadOnlyList<CatalogColumn> ofRow, string hasText) =>
        $"NOT EXISTS (SELECT FROM {Layout.Table.Sql} AS t WHERE {string.Join(" AND ", Layout.Key.Select((column, index) => $"t.{column.Sql} {KeySql.Operator(column, "=")} m.{ofRow[index].Sql}"))}{hasText})";

    private Task<long> CountAsync(
        NpgsqlConnection connection, CatalogTable table, IReadOnlyList<CatalogColumn> ofRow, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.LongByHash,
            Statements.Command($"SELECT count(*) FROM {table.Sql} AS m WHERE {IsGone(ofRow, HasText)}", PendingSql.Blank(connection)),
            static row => row.GetInt64(0),
            cancellationToken);

    private Task<int> DeleteAsync(
        NpgsqlConnection connection,
        CatalogTable table,
        IReadOnlyList<CatalogColumn> unique,
        IReadOnlyList<CatalogColumn> ofRow,
        string hasText,
        CancellationToken cancellationToken)
    {
        var same = string.Join(" AND ", unique.Select((column, index) => $"m.{column.Sql} {KeySql.Operator(column, "=")} u.k{index + 1}"));
        var command = Statements.Command(
            $"""
            WITH gone AS MATERIALIZED (
                SELECT {string.Join(", ", unique.Select((column, index) => $"m.{column.Sql} AS k{index + 1}"))}, m.xmin AS version
                FROM {table.Sql} AS m
                WHERE {IsGone(ofRow, hasText)}{OnlyListed("m", ofRow)}
            )
            DELETE FROM {table.Sql} AS m USING gone AS u WHERE {same} AND m.xmin = u.version
            """);
        if (hasText.Length > 0 || _keys is not null)
        {
            command.Parameters.Add(PendingSql.Blank(connection));
        }

        foreach (var column in Copies())
        {
            command.Parameters.Add(column);
        }

        return Statements.ExecuteAsync(connection, LocalSettings.LongOnOwnPath, command, cancellationToken);
    }
}
