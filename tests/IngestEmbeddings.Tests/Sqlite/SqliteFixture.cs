using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Sqlite;
using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Tests.Sqlite;

/// <summary>The embedded store on a file in a temporary folder.</summary>
public sealed class SqliteFixture : IStoreFixture
{
    private readonly Dictionary<string, TableSpec> _specs = new(StringComparer.Ordinal);
    private DirectoryInfo? _folder;
    private SqliteStore? _store;

    public Type StoreType => typeof(SqliteStore);

    public IStore Store => _store!;

    public IReadOnlyList<string> KeyKinds => ["integer", "text", "composite", "clustered"];

    public IReadOnlyList<VectorLayout> Layouts => [default];

    public string File => Path.Combine(_folder!.FullName, "test.db");

    public ValueTask InitializeAsync()
    {
        _folder = Directory.CreateTempSubdirectory("ingest-sqlite-");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder?.Delete(recursive: true);
    }

    public async Task ResetAsync()
    {
        _specs.Clear();
        await ReplaceFileAsync("SELECT 1");
    }

    public async Task ReopenAsync()
    {
        await CloseAsync();
        _store = await SqliteStore.OpenAsync(File, CancellationToken.None);
    }

    public async Task CreateTableAsync(TableSpec spec)
    {
        _specs[spec.Name] = spec;
        var columns = spec.TextColumns.Select(column => $"{Identifier.Quote(column)} TEXT")
            .Concat(spec.VectorColumns.Select(column => $"{Identifier.Quote(column)} BLOB"));
        var key = spec.KeyKind switch
        {
            "integer" => "id INTEGER PRIMARY KEY",
            "text" or "clustered" => "id TEXT PRIMARY KEY",
            "composite" => "part INTEGER, item TEXT",
            _ => "number REAL",
        };
        var primary = spec.KeyKind == "composite" ? ", PRIMARY KEY(part, item)" : "";
        var options = spec.KeyKind == "clustered" ? "WITHOUT ROWID" : "";
        using (var connection = Connect())
        {
            connection.Execute($"BEGIN; CREATE TABLE {Identifier.Quote(spec.Name)}({string.Join(", ", columns.Prepend(key))}{primary}) {options}");
            for (var i = 0; i < spec.Texts.Count; i++)
            {
                Insert(connection, spec, i + 1, spec.Texts[i]);
            }

            connection.Execute("COMMIT");
        }

        if (spec.HasMetrics)
        {
            var request = new TableRequest
            {
                Table = spec.Name,
                TextColumn = spec.TextColumns[0],
                EmbeddingColumn = spec.VectorColumns[0],
            };
            await Store.InitAsync(new InitRequest { Table = request, Dimension = spec.Dimension }, CancellationToken.None);
        }
    }

    public Task InsertAsync(string table, int ordinal, string? text)
    {
        using var connection = Connect();
        Insert(connection, SpecOf(table), ordinal, text);
        return Task.CompletedTask;
    }

    public Task UpdateTextAsync(string table, int ordinal, string? text) => ExecuteOnRow(
        $"UPDATE {Identifier.Quote(table)} SET {Identifier.Quote(SpecOf(table).TextColumns[0])} = @value", table, ordinal, text);

    public Task DeleteAsync(string table, int ordinal) =>
        ExecuteOnRow($"DELETE FROM {Identifier.Quote(table)}", table, ordinal, value: null);

    public Task SetVectorAsync(string table, int ordinal, float[]? vector) => ExecuteOnRow(
        $"UPDATE {Identifier.Quote(table)} SET {Identifier.Quote(VectorOf(SpecOf(table)))} = @value",
        table,
        ordinal,
        vector is null ? null : MemoryMarshal.AsBytes(vector.AsSpan()).ToArray());

    public Task ClearMetricsAsync(string table)
    {
        Execute($"DELETE FROM {Identifier.Quote(MetricsLayout.NameFor(table))}");
        return Task.CompletedTask;
    }

    public Task<IReadOnlyDictionary<int, StoredRow>> ReadAsync(string table)
    {
        using var connection = Connect();
        var spec = SpecOf(table);
        var metricsTable = MetricsLayout.NameFor(table);
        var metrics = MetricsLayout.Find(connection, metricsTable, KeyColumns(spec).Count)!;
        var metricsKey = metrics.Key;
        var join = string.Join(
            " AND ", KeyColumns(spec).Zip(metricsKey, (key, other) => $"t.{Identifier.Quote(key)} = m.{Identifier.Quote(other)}"));
        var keys = string.Join(", ", KeyColumns(spec).Select(key => $"t.{Identifier.Quote(key)}"));
        var rows = connection.Query(
            $"""
            SELECT t.{Identifier.Quote(spec.TextColumns[0])}, t.{Identifier.Quote(VectorOf(spec))},
                   m.word_count, m.length, m.word_ratio, m.entity_count, m.frequency, {keys},
                   {(metrics.TextHash is { } hash ? $"m.{Identifier.Quote(hash)}" : "NULL")} AS kept_hash
            FROM {Identifier.Quote(table)} AS t LEFT JOIN {Identifier.Quote(metricsTable)} AS m ON {join}
            """,
            reader => (Ordinal: OrdinalOf(spec, reader), Row: RowOf(reader) with { HasCurrentHash = HasCurrentHash(reader) }));
        return Task.FromResult<IReadOnlyDictionary<int, StoredRow>>(rows.ToDictionary(row => row.Ordinal, row => row.Row));
    }

    public Task<(long Vectors, long Metrics)> CountStoredAsync(string table)
    {
        using var connection = Connect();
        var vectors = (long)connection.Scalar($"SELECT count({Identifier.Quote(VectorOf(SpecOf(table)))}) FROM {Identifier.Quote(table)}")!;
        return Task.FromResult((vectors, (long)connection.Scalar($"SELECT count(*) FROM {Identifier.Quote(MetricsLayout.NameFor(table))}")!));
    }

    public Task<IReadOnlyList<string>> ReadFailedRowsAsync()
    {
        using var connection = Connect();
        return Task.FromResult(connection.Query(
            $"SELECT * FROM {StateTables.FailedRow}",
            static reader => string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue))));
    }

    public string DescribeKey(string table, int ordinal)
    {
        var key = KeyOf(SpecOf(table), ordinal);
        return key.Length == 1 ? $"{key[0]}" : $"({string.Join(", ", key)})";
    }

    /// <summary>Runs a statement behind the store's back.</summary>
    public void Execute(string sql, params (string Name, object? Value)[] parameters)
    {
        using var connection = Connect();
        connection.Execute(sql, parameters);
    }

    /// <summary>Reads one value behind the store's back.</summary>
    public object? Scalar(string sql)
    {
        using var connection = Connect();
        return connection.Scalar(sql);
    }

    /// <summary>Opens the store on a new file that a script made.</summary>
    public async Task ReplaceFileAsync(string script)
    {
        await CloseAsync();
        foreach (var file in _folder!.GetFiles())
        {
            file.Delete();
        }

        Execute(script);
        await ReopenAsync();
    }

    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=false");
        connection.Open();
        return connection;
    }

    private static void Insert(SqliteConnection connection, TableSpec spec, int ordinal, string? text)
    {
        var key = KeyOf(spec, ordinal);
        var columns = string.Join(", ", KeyColumns(spec).Append(spec.TextColumns[0]).Select(Identifier.Quote));
        var values = string.Join(", ", key.Select((_, index) => $"@k{index}").Append("@text"));
        connection.Execute($"INSERT INTO {Identifier.Quote(spec.Name)}({columns}) VALUES ({values})", [.. Bound(key), ("@text", text)]);
    }

    private Task ExecuteOnRow(string sql, string table, int ordinal, object? value)
    {
        var spec = SpecOf(table);
        var where = string.Join(" AND ", KeyColumns(spec).Select((column, index) => $"{Identifier.Quote(column)} = @k{index}"));
        Execute($"{sql} WHERE {where}", [.. Bound(KeyOf(spec, ordinal)), ("@value", value)]);
        return Task.CompletedTask;
    }

    // Tables that init made have the integer key.
    private TableSpec SpecOf(string table) => _specs.GetValueOrDefault(table) ?? new TableSpec(table);

    private static string VectorOf(TableSpec spec) => spec.VectorColumns.Count > 0 ? spec.VectorColumns[0] : "embedding";

    private static IReadOnlyList<string> KeyColumns(TableSpec spec) => spec.KeyKind switch
    {
        "composite" => ["part", "item"],
        null => ["number"],
        _ => ["id"],
    };

    private static object[] KeyOf(TableSpec spec, int ordinal) => spec.KeyKind switch
    {
        "text" or "clustered" => [$"kī {ordinal:d5}"],
        "composite" => [ordinal / 3, $"haw-{ordinal % 3}"],
        _ => [ordinal],
    };

    private static int OrdinalOf(TableSpec spec, SqliteDataReader reader) => spec.KeyKind switch
    {
        "text" or "clustered" => int.Parse(reader.GetString(7)[3..]),
        "composite" => (reader.GetInt32(7) * 3) + int.Parse(reader.GetString(8)[4..]),
        _ => reader.GetInt32(7),
    };

    private static StoredRow RowOf(SqliteDataReader reader) => new(
        reader.IsDBNull(0) ? null : reader.GetString(0),
        reader.IsDBNull(1) ? null : MemoryMarshal.Cast<byte, float>(reader.GetFieldValue<byte[]>(1)).ToArray(),
        reader.IsDBNull(2) ? null : new TextMetrics(
            reader.GetInt32(2),
            reader.GetInt32(3),
            reader.IsDBNull(4) ? null : reader.GetFloat(4),
            reader.IsDBNull(5) ? null : reader.GetInt32(5),
            reader.IsDBNull(6) ? null : reader.GetInt32(6)));

    private static bool HasCurrentHash(SqliteDataReader reader)
    {
        var kept = reader.GetOrdinal("kept_hash");
        return !reader.IsDBNull(kept) && !reader.IsDBNull(0)
            && reader.GetInt64(kept) == BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(reader.GetString(0))));
    }

    private static (string, object?)[] Bound(object[] key) => [.. key.Select((value, index) => ($"@k{index}", (object?)value))];

    private async Task CloseAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
            _store = null;
        }
    }
}
