using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Connections;
using IngestEmbeddings.Sqlite.Documents;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Verifying;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Verifying;

/// <summary>Reads a table with its vectors and metrics, in pages of the key.</summary>
/// <param name="database">The file.</param>
/// <param name="layout">The table.</param>
internal sealed class TableAudit(Database database, TableLayout layout) : ITableAudit
{
    private const int PageRows = 2000;

    private readonly RowSql _row = new(layout);

    public bool KeepsSigns => false;

    public async IAsyncEnumerable<AuditedRow> ReadAsync(ModelIdentity? model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        object[]? after = null;
        do
        {
            var start = after;
            var page = await database.ReadAsync(connection, () => Page(connection, start), cancellationToken);
            foreach (var (_, row) in page)
            {
                yield return row;
            }

            after = page.Count == PageRows ? page[^1].Key : null;
        }
        while (after is not null);
    }

    public async Task<IReadOnlyList<AuditedRow>> SampleAsync(ModelIdentity? model, int rows, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        var condition = $"WHERE {_row.Vector} IS NOT NULL AND {_row.TextColumn} <> '' LIMIT {rows.ToString(CultureInfo.InvariantCulture)}";
        return await database.ReadAsync(connection, () => Rows(connection, condition, []).Select(static found => found.Row).ToList(), cancellationToken);
    }

    public async Task<IReadOnlyList<Finding>> CheckTablesAsync(CancellationToken cancellationToken)
    {
        var metrics = layout.Metrics;
        var key = metrics.Key.Select(column => $"m.{Identifier.Quote(column)}").ToList();
        var orphans = $"{_row.Metrics} AS m WHERE NOT EXISTS (SELECT 1 FROM {_row.Table} AS t WHERE {_row.IsMeasuredBy})";
        await using var connection = await database.ConnectAsync(cancellationToken);
        var found = await database.ReadAsync(
            connection,
            () => connection.Query(
                $"SELECT {string.Join(" || ', ' || ", key)}, count(*) OVER () FROM {orphans} LIMIT 20",
                reader => (Key: KeyText.Of(reader.GetValue(0)), Count: reader.GetInt64(1))),
            cancellationToken);
        var chunks = await database.ReadAsync(connection, () => SqliteDocuments.CheckChunks(database, connection, layout.Table), cancellationToken);
        return found.Count == 0 ? chunks : [new Finding("orphan-metrics", "Metrics are of rows that are gone.", found[0].Count)
        {
            Keys = [.. found.Select(orphan => key.Count == 1 ? orphan.Key : $"({orphan.Key})")], Statement = $"DELETE FROM {orphans};",
        }, .. chunks];
    }

    public string ForgetVectors(IReadOnlyList<IReadOnlyList<string>>? keys) =>
        $"UPDATE {_row.Table} SET {Identifier.Quote(layout.Embedding)} = NULL{Where([.. layout.Key.Select(static column => column.Name)], keys)};";

    public string ForgetMetrics(IReadOnlyList<IReadOnlyList<string>>? keys) => $"DELETE FROM {_row.Metrics}{Where(layout.Metrics.Key, keys)};";

    private IReadOnlyList<(object[] Key, AuditedRow Row)> Page(SqliteConnection connection, object[]? after)
    {
        var from = after is null ? "" : $"WHERE ({_row.Keys}) > ({_row.KeyParameters})";
        return Rows(
            connection,
            $"{from} ORDER BY {_row.Keys} LIMIT {PageRows.ToString(CultureInfo.InvariantCulture)}",
            [.. (after ?? []).Select(static (part, index) => ($"@k{index}", (object?)part))]);
    }

    private IReadOnlyList<(object[] Key, AuditedRow Row)> Rows(SqliteConnection connection, string condition, (string Name, object? Value)[] parameters)
    {
        var measured = string.Join(", ", layout.Metrics.Columns.Select(static column => $"m.{Identifier.Quote(column)}"));
        return connection.Query(
            $"""
            SELECT {_row.Keys}, {LongTexts.Kept(_row.TextColumn)}, {_row.Vector}, m.{Identifier.Quote(layout.Metrics.Key[0])} IS NOT NULL, {measured}
            FROM {_row.Table} AS t LEFT JOIN {_row.Metrics} AS m ON {_row.IsMeasuredBy}
            {condition}
            """,
            Read,
            parameters);
    }

    // A vector that is no BLOB has no component.
    private (object[] Key, AuditedRow Row) Read(SqliteDataReader reader)
    {
        var keys = layout.Key.Count;
        object[] key = [.. Enumerable.Range(0, keys).Select(reader.GetValue)];
        return (key, new AuditedRow(
            [.. key.Select(KeyText.Of)],
            reader.IsDBNull(keys) ? null : reader.GetString(keys),
            reader.GetValue(keys + 1) switch
            {
                DBNull => null,
                byte[] vector => MemoryMarshal.Cast<byte, float>(vector).ToArray(),
                _ => [],
            },
            reader.GetBoolean(keys + 2) ? Metrics(reader, keys + 3) : null));
    }

    // In the order of MetricsNames.Required.
    private TextMetrics Metrics(SqliteDataReader reader, int first)
    {
        double? Value(Stores.MetricsColumn wanted)
        {
            var place = first + Stores.MetricsNames.Required.ToList().IndexOf(wanted);
            return reader.GetValue(place) switch
            {
                long whole => whole,
                double number => number,
                _ => null,
            };
        }

        return new TextMetrics(
            (int)(Value(Stores.MetricsNames.WordCount) ?? -1),
            (int)(Value(Stores.MetricsNames.Length) ?? -1),
            (float?)Value(Stores.MetricsNames.WordRatio),
            (int?)Value(Stores.MetricsNames.EntityCount),
            (int?)Value(Stores.MetricsNames.Frequency));
    }

    private static string Where(IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>>? keys) => keys is null
        ? ""
        : $" WHERE ({string.Join(", ", columns.Select(Identifier.Quote))}) IN (VALUES {string.Join(", ", keys.Select(static key => $"({string.Join(", ", key.Select(Literal))})"))})";

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
