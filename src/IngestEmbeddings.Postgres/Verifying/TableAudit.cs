using System.Runtime.CompilerServices;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Documents;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Indexes;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Postgres.Targets;
using IngestEmbeddings.Postgres.Wire;
using IngestEmbeddings.Text;
using IngestEmbeddings.Verifying;
using Npgsql;

namespace IngestEmbeddings.Postgres.Verifying;

/// <summary>Reads a table with its vectors and metrics, in pages of the key.</summary>
/// <param name="source">Opens connections.</param>
/// <param name="target">Where the vectors are.</param>
/// <param name="name">The table as a command names it.</param>
internal sealed class TableAudit(ConnectionSource source, VectorTarget target, string name) : ITableAudit
{
    private const int PageRows = 2000;

    private readonly TableLayout _layout = target.Layout;
    private readonly KeySql _key = new(target.Layout.Key);

    public bool KeepsSigns => target.Column.TypeName == "bit";

    public async IAsyncEnumerable<AuditedRow> ReadAsync(ModelIdentity? model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string[]? after = null;
        await using var connection = new RetryingConnection(source, patience: Patience.Command);
        do
        {
            var start = after;
            var page = await source.Border.RunAsync(() => connection.RunAsync(
                async (open, _, token) => await Statements.ListAsync(
                    open,
                    LocalSettings.ShortByRange,
                    Statements.Command(
                        Page(model is null ? target : await ModelNames.OfModelAsync(open, target, model, token), isFirst: start is null),
                        Statements.Key(start),
                        Statements.Value(PageRows)),
                    Read,
                    token),
                cancellationToken));
            foreach (var row in page)
            {
                yield return row;
            }

            after = page.Count == PageRows ? [.. page[^1].Key] : null;
        }
        while (after is not null);
    }

    public Task<IReadOnlyList<AuditedRow>> SampleAsync(ModelIdentity? model, int rows, CancellationToken cancellationToken) =>
        source.Border.RunAsync<IReadOnlyList<AuditedRow>>(async () =>
        {
            await using var connection = new RetryingConnection(source, patience: Patience.Command);
            return await connection.RunAsync(
                async (open, _, token) =>
                {
                    var vectors = model is null ? target : await ModelNames.OfModelAsync(open, target, model, token);
                    var sql = Rows(vectors, vectors.Source, $"WHERE {vectors.HasValue} AND t.{_layout.Text.Sql}::text <> '' LIMIT $1");
                    return await Statements.ListAsync(open, LocalSettings.Long, Statements.Command(sql, Statements.Value(rows)), Read, token);
                },
                cancellationToken);
        });

    public Task<IReadOnlyList<Finding>> CheckTablesAsync(CancellationToken cancellationToken) => source.Border.RunAsync<IReadOnlyList<Finding>>(async () =>
    {
        await using var connection = new RetryingConnection(source, patience: Patience.Command);
        return await connection.RunAsync((open, _, token) => CheckTablesAsync(open, token), cancellationToken);
    });

    public string ForgetVectors(IReadOnlyList<IReadOnlyList<string>>? keys) => _layout.Side is { } side
        ? $"DELETE FROM {side.Table.Sql}{Where(side.Key, keys)};"
        : $"UPDATE {_layout.Table.Sql} SET {_layout.Vector.Sql} = NULL{Where(_layout.Key, keys)};";

    public string ForgetMetrics(IReadOnlyList<IReadOnlyList<string>>? keys) =>
        $"DELETE FROM {_layout.Metrics.Table.Sql}{Where(_layout.Metrics.Key, keys)};";

    private async Task<IReadOnlyList<Finding>> CheckTablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        if (_layout.Side is { } side
            && await OrphansAsync(connection, side.Table, side.Key, "vectors", "Vectors are of rows that are gone.", cancellationToken) is { } vectors)
        {
            findings.Add(vectors);
        }

        if (await OrphansAsync(connection, _layout.Metrics.Table, _layout.Metrics.Key, "metrics", "Metrics are of rows that are gone.", cancellationToken) is { } metrics)
        {
            findings.Add(metrics);
        }

        findings.AddRange(await ChunkAudit.CheckAsync(connection, _layout.Table, cancellationToken));
        foreach (var index in await VectorIndexCatalog.ListAsync(connection, _layout, cancellationToken))
        {
            if (!index.IsValid)
            {
                findings.Add(new Finding("invalid-index", $"The index {index.Sql} is not valid: a build of it failed, and writes still pay for it.", 1)
                {
                    Statement = $"DROP INDEX {index.Sql};", Command = new Suggestion("To build it again", "index", name),
                });
            }
        }

        return findings;
    }

    private async Task<Finding?> OrphansAsync(
        NpgsqlConnection connection, CatalogTable table, IReadOnlyList<CatalogColumn> key, string what, string message, CancellationToken cancellationToken)
    {
        var same = string.Join(" AND ", _layout.Key.Select((column, index) => $"o.{key[index].Sql} {KeySql.Operator(column, "=")} t.{column.Sql}"));
        var orphans = $"{table.Sql} AS o WHERE NOT EXISTS (SELECT FROM {_layout.Table.Sql} AS t WHERE {same})";
        var found = await Statements.ListAsync(
            connection,
            LocalSettings.LongByHash,
            Statements.Command(
                $"SELECT pg_catalog.concat_ws(', ', {string.Join(", ", key.Select(static column => $"o.{column.Sql}::pg_catalog.text"))}), count(*) OVER () FROM {orphans} LIMIT 20"),
            static row => (Key: row.GetString(0), Count: row.GetInt64(1)),
            cancellationToken);
        return found.Count == 0 ? null : new Finding($"orphan-{what}", message, found[0].Count)
        {
            Keys = [.. found.Select(orphan => key.Count == 1 ? orphan.Key : $"({orphan.Key})")], Statement = $"DELETE FROM {orphans};",
        };
    }

    private string Page(VectorTarget vectors, bool isFirst) => Rows(
        vectors,
        vectors.OuterSource,
        $"{(isFirst ? "WHERE $1::pg_catalog.text[] IS NULL" : $"WHERE {_key.After("$1")}")} ORDER BY {_key.Columns} LIMIT $2");

    private string Rows(VectorTarget vectors, string source, string condition)
    {
        var metrics = _layout.Metrics;
        var measured = string.Join(", ", new[] { metrics.WordCount, metrics.Length, metrics.WordRatio, metrics.EntityCount, metrics.Frequency }
            .Select(static column => $"m.{column.Sql}::pg_catalog.float8"));
        return $"""
            SELECT {_key.AsArray}, {LongTexts.Read(_layout)}, {vectors.Value}::{(KeepsSigns ? "pg_catalog.text" : "pg_catalog.float4[]")},
                   {vectors.IsCurrent}, m.{metrics.Key[0].Sql} IS NOT NULL, {measured}
            FROM {source}
            LEFT JOIN {metrics.Table.Sql} AS m ON {PendingSql.MetricsOf(_layout)}
            {condition}
            """;
    }

    private static AuditedRow Read(NpgsqlDataReader row)
    {
        var cut = 0;
        return new AuditedRow(
            row.GetFieldValue<string[]>(0),
            row.IsDBNull(1) ? null : TextLimits.Cut(row.GetString(1), ref cut),
            row.IsDBNull(2) ? null : VectorValues.Read(row.GetValue(2)),
            row.GetBoolean(4)
                ? new TextMetrics((int)(Number(row, 5) ?? -1), (int)(Number(row, 6) ?? -1), (float?)Number(row, 7), (int?)Number(row, 8), (int?)Number(row, 9))
                : null)
        {
            IsCurrent = row.IsDBNull(3) ? null : row.GetBoolean(3),
        };
    }

    private static double? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);

    private static string Where(IReadOnlyList<CatalogColumn> columns, IReadOnlyList<IReadOnlyList<string>>? keys) => keys is null
        ? ""
        : $" WHERE ({string.Join(", ", columns.Select(static column => column.Sql))}) IN ({string.Join(", ", keys.Select(static key => $"({string.Join(", ", key.Select(Literal))})"))})";

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
