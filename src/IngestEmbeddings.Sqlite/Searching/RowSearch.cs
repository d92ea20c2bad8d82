using System.Globalization;
using System.Runtime.InteropServices;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Searching;
using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Connections;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Searching;

/// <summary>Finds rows of a table: by comparing every vector, and by an FTS5 table.</summary>
/// <param name="database">The file.</param>
/// <param name="layout">The table.</param>
/// <param name="dimension">The dimension of its vectors; null when it is not known.</param>
internal sealed class RowSearch(Database database, TableLayout layout, int? dimension) : IRowSearch
{
    private readonly RowSql _row = new(layout);

    public async Task<RowsFound> FindAsync(RowQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query is MatchQuery match)
        {
            return await ReadAsync(connection => Match(connection, match), cancellationToken);
        }

        var nearest = (NearestQuery)query;
        Check(nearest);
        var scan = new VectorScan(_row, nearest with { Top = nearest.Without is null ? nearest.Top : nearest.Top + 1 });
        var parts = await ReadAsync(connection => scan.Parts(connection, Environment.ProcessorCount), cancellationToken);
        var scans = parts.Select(part => Task.Run(() => ReadAsync(connection => scan.Run(connection, part), cancellationToken), cancellationToken));
        var found = await Task.WhenAll(scans);
        foreach (var other in found.Skip(1))
        {
            found[0].Merge(other);
        }

        return await ReadAsync(connection => Rows(connection, nearest, found[0].Descending()), cancellationToken);
    }

    public Task<string> DescribeAsync(RowQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ReadAsync(
            connection =>
            {
                if (query is not MatchQuery match)
                {
                    var nearest = (NearestQuery)query;
                    Check(nearest);
                    return $"""
                        -- SQLite has no distance of vectors: each row is read, and the program compares the vector, {sizeof(float)} bytes a component,
                        -- with this one: [{string.Join(',', nearest.Vector.ToArray().Select(static component => component.ToString("R", CultureInfo.InvariantCulture)))}]
                        {new VectorScan(_row, nearest).Statement.TrimEnd()};
                        """;
                }

                var text = FullText.Find(connection, layout);
                return $"""
                    .parameter init
                    .parameter set @words '{text.Query(match.Words).Replace("'", "''", StringComparison.Ordinal)}'
                    .parameter set @rows {match.Top.ToString(CultureInfo.InvariantCulture)}
                    {Matching(text, Columns(connection, match.Columns))};
                    """;
            },
            cancellationToken);
    }

    public Task<float[]?> ReadVectorAsync(IReadOnlyList<string> key, ModelIdentity? model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Count != layout.Key.Count
            ? Task.FromResult<float[]?>(null)
            : ReadAsync(
                connection => connection.Scalar(
                    $"SELECT {_row.Vector} FROM {_row.Table} AS t WHERE {_row.HasKey}",
                    [.. key.Select(static (part, index) => ($"@k{index}", (object?)part))]) is byte[] vector
                    ? MemoryMarshal.Cast<byte, float>(vector).ToArray()
                    : null,
                cancellationToken);
    }

    private void Check(NearestQuery query)
    {
        if (dimension is { } stored && stored != query.Vector.Length)
        {
            throw SqliteFaults.Misconfigured(string.Create(
                CultureInfo.InvariantCulture,
                $"{layout.Table}.{layout.Embedding} holds vectors of dimension {stored}, not of {query.Vector.Length}."));
        }
    }

    private RowsFound Rows(SqliteConnection connection, NearestQuery query, IReadOnlyList<(object[] Key, float Score)> nearest)
    {
        var columns = Columns(connection, query.Columns);
        using var command = connection.Command($"SELECT {Row(columns)} FROM {From(columns)} WHERE {_row.HasKey}");
        for (var i = 0; i < layout.Key.Count; i++)
        {
            command.Parameters.AddWithValue($"@k{i}", DBNull.Value);
        }

        var rows = new List<FoundRow>(nearest.Count);
        foreach (var (key, score) in nearest)
        {
            for (var i = 0; i < key.Length; i++)
            {
                command.Parameters[i].Value = key[i];
            }

            using var reader = command.ExecuteReader();
            if (reader.Read() && Read(reader, score, columns.Count) is var row && query.Without?.SequenceEqual(row.Key, StringComparer.Ordinal) != true)
            {
                rows.Add(row);
            }
        }

        return new RowsFound([.. rows.Take(query.Top)]);
    }

    private RowsFound Match(SqliteConnection connection, MatchQuery query)
    {
        var columns = Columns(connection, query.Columns);
        var text = FullText.Find(connection, layout);
        var words = text.Query(query.Words);
        return words.Length == 0
            ? new RowsFound([])
            : new RowsFound(connection.Query(
                Matching(text, columns),
                reader => Read(reader, -reader.GetDouble(layout.Key.Count + 1 + columns.Count), columns.Count),
                ("@words", words),
                ("@rows", query.Top)));
    }

    private string Matching(FullText text, IReadOnlyList<string> columns)
    {
        var table = Identifier.Quote(text.Table);
        return $"""
            SELECT {Row(columns)}, f.rank
            FROM {table} AS f JOIN {From(columns)} ON t.{Identifier.Quote(text.RowId)} = f.rowid
            WHERE f.{table} MATCH @words ORDER BY f.rank, f.rowid LIMIT @rows
            """;
    }

    private string Row(IReadOnlyList<string> columns) =>
        $"{_row.Keys}, {LongTexts.Kept(_row.TextColumn)}{string.Concat(columns.Select(static column => $", CASE typeof({column}) WHEN 'blob' THEN json_quote(hex({column})) ELSE json_quote({column}) END"))}";

    private string From(IReadOnlyList<string> columns) => columns.Any(static column => column.StartsWith("m.", StringComparison.Ordinal))
        ? $"{_row.Table} AS t LEFT JOIN {_row.Metrics} AS m ON {_row.IsMeasuredBy}"
        : $"{_row.Table} AS t";

    private FoundRow Read(SqliteDataReader reader, double score, int columns)
    {
        var keys = layout.Key.Count;
        return new FoundRow(
            [.. Enumerable.Range(0, keys).Select(column => KeyText.Of(reader.GetValue(column)))], score, reader.IsDBNull(keys) ? "" : reader.GetString(keys))
        {
            Columns = [.. Enumerable.Range(keys + 1, columns).Select(reader.GetString)],
        };
    }

    private List<string> Columns(SqliteConnection connection, IReadOnlyList<string> names)
    {
        var own = CatalogReader.Columns(connection, layout.Table);
        var metrics = CatalogReader.Columns(connection, layout.Metrics.Table);
        return
        [
            .. names.Select(name =>
                own.FirstOrDefault(column => CatalogReader.Same(column.Name, name)) is { } column ? $"t.{Identifier.Quote(column.Name)}"
                : metrics.FirstOrDefault(column => CatalogReader.Same(column.Name, name)) is { } metric ? $"m.{Identifier.Quote(metric.Name)}"
                : throw SqliteFaults.Misconfigured(
                    $"{layout.Table}{(layout.Metrics.IsNone ? " has" : $" and {layout.Metrics.Table} have")} no column {name}: there are "
                    + $"{string.Join(", ", own.Concat(metrics).Select(static column => column.Name).Distinct(StringComparer.OrdinalIgnoreCase))}.")),
        ];
    }

    private async Task<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await database.ReadAsync(connection, () => read(connection), cancellationToken);
    }
}
