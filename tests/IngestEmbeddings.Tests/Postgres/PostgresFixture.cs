using IngestEmbeddings.Metrics;
using IngestEmbeddings.Postgres;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Wire;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Support;
using Npgsql;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>The PostgreSQL store on a database of its own.</summary>
public class PostgresFixture : IStoreFixture
{
    private readonly Dictionary<string, TableSpec> _specs = new(StringComparer.Ordinal);
    private PostgresStore? _store;
    private NpgsqlDataSource? _source;

    public PostgresDatabase Database { get; } = new();

    public Type StoreType => typeof(PostgresStore);

    public IStore Store => _store!;

    public IReadOnlyList<string> KeyKinds => [.. KeyKind.All.Keys];

    public IReadOnlyList<VectorLayout> Layouts =>
    [
        default, new(VectorPlace.Table, VectorForm.Single), new(VectorPlace.Column, VectorForm.Half), new(VectorPlace.Table, VectorForm.Half),
        new(VectorPlace.Column, VectorForm.Sign), new(VectorPlace.Table, VectorForm.Sign),
    ];

    /// <summary>What the store connects to; the fixture itself always goes straight to the server.</summary>
    protected virtual string StoreConnectionString => Database.ConnectionString;

    public virtual ValueTask InitializeAsync() => Database.InitializeAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await CloseAsync();
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        await Database.DisposeAsync();
    }

    public async Task ResetAsync()
    {
        AtFailpoint = null;
        await Database.ExecuteAsync("DROP SCHEMA IF EXISTS ingest_embeddings CASCADE");
        foreach (var table in await Database.ListAsync<string>("SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'"))
        {
            await Database.ExecuteAsync($"DROP TABLE IF EXISTS {table} CASCADE");
        }

        _specs.Clear();
        await ReopenAsync();
    }

    /// <summary>A connection with pgvector's types, behind the store's back.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var builder = new NpgsqlDataSourceBuilder(Database.ConnectionString);
        // What is read comes through pgvector's own types; what our writer sends needs ours.
        builder.UseVector();
#pragma warning disable NPG9001
        builder.AddTypeInfoResolverFactory(new WireTypes());
#pragma warning restore NPG9001
        _source ??= builder.Build();
        return await _source.OpenConnectionAsync();
    }

    /// <summary>What the store does at each failpoint; null for nothing.</summary>
    public Func<string, ValueTask>? AtFailpoint { get; set; }

    public async Task ReopenAsync()
    {
        await CloseAsync();
        _store = await PostgresStore.OpenAsync(new PostgresOptions { ConnectionString = StoreConnectionString, Failpoints = new Failpoints(ReachAsync) }, CancellationToken.None);
    }

    public async Task CreateTableAsync(TableSpec spec)
    {
        _specs[spec.Name] = spec;
        (string Name, string Type)[] keyless = [("number", "real")];
        var key = spec.KeyKind is { } kind ? KeyKind.All[kind].Columns : keyless;
        var vectors = spec.Layout == default ? spec.VectorColumns : [];
        var columns = key
            .Concat(spec.TextColumns.Select(column => (Name: column, Type: "text")))
            .Concat(vectors.Select(column => (Name: column, Type: $"vector({spec.Dimension})")));
        var primary = spec.KeyKind is null ? "" : $", PRIMARY KEY ({string.Join(", ", key.Select(column => Quote(column.Name)))})";
        await Database.ExecuteAsync(
            $"CREATE TABLE {Quote(spec.Name)} ({string.Join(", ", columns.Select(column => $"{Quote(column.Name)} {column.Type}"))}{primary})");
        if (spec.HasMetrics)
        {
            var request = new TableRequest
            {
                Table = spec.Name, TextColumn = spec.TextColumns[0], EmbeddingColumn = spec.Layout == default ? spec.VectorColumns[0] : null,
            };
            await Store.InitAsync(
                new InitRequest { Table = request, Dimension = spec.Dimension, Place = spec.Layout.Place, Form = spec.Layout.Form }, CancellationToken.None);
        }

        await InsertAllAsync(spec);
    }

    public Task InsertAsync(string table, int ordinal, string? text)
    {
        var spec = SpecOf(table);
        return Database.ExecuteAsync($"{InsertInto(spec)} ({KindOf(spec).Values(ordinal)}, $1)", Text(text));
    }

    public Task UpdateTextAsync(string table, int ordinal, string? text) => Database.ExecuteAsync(
        $"UPDATE {Quote(table)} t SET {Quote(SpecOf(table).TextColumns[0])} = $1 WHERE {OrdinalOf(table)} = $2", Text(text), ordinal);

    public Task DeleteAsync(string table, int ordinal) =>
        Database.ExecuteAsync($"DELETE FROM {Quote(table)} t WHERE {OrdinalOf(table)} = $1", ordinal);

    public Task SetVectorAsync(string table, int ordinal, float[]? vector) => Database.ExecuteAsync(
        $"UPDATE {Quote(table)} t SET {Quote(VectorOf(SpecOf(table)))} = $1::real[] WHERE {OrdinalOf(table)} = $2",
        new NpgsqlParameter { Value = (object?)vector ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Real },
        ordinal);

    public Task ClearMetricsAsync(string table) => Database.ExecuteAsync($"DELETE FROM {Quote(MetricsNames.TableName(table))}");

    public async Task<IReadOnlyDictionary<int, StoredRow>> ReadAsync(string table)
    {
        var spec = SpecOf(table);
        var key = KindOf(spec).Columns;
        var metricsTable = MetricsNames.TableName(table);
        var metricsKey = await Database.ListAsync<string>(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 ORDER BY attnum LIMIT $2",
            Quote(metricsTable),
            key.Count);
        var join = string.Join(" AND ", key.Zip(metricsKey, (column, other) => $"t.{Quote(column.Name)} = m.{Quote(other)}"));
        var side = spec.Layout.Place == VectorPlace.Table;
        var vector = side ? "e.embedding" : $"t.{Quote(VectorOf(spec))}";
        var sideJoin = side
            ? $"LEFT JOIN {Quote(table + "_embeddings")} e ON {string.Join(" AND ", key.Select(column => $"t.{Quote(column.Name)} = e.{Quote(column.Name)}"))}"
            : "";
        var hash = $"hashtextextended(t.{Quote(spec.TextColumns[0])} COLLATE \"C\", 0)";
        await using var connection = await Database.ConnectAsync();
        await using var command = new NpgsqlCommand(
            $"""
            SELECT {OrdinalOf(table)}, t.{Quote(spec.TextColumns[0])},
                   {(spec.Layout.Form == VectorForm.Sign ? $"regexp_split_to_array({vector}::text, '')" : vector)}::real[],
                   m.word_count, m.length, m.word_ratio, m.entity_count, m.frequency,
                   coalesce((to_jsonb(m) ->> 'text_hash')::bigint = {hash}{(side ? $" AND e.text_hash = {hash}" : "")}, false)
            FROM {Quote(table)} t LEFT JOIN {Quote(metricsTable)} m ON {join} {sideJoin}
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new Dictionary<int, StoredRow>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetInt32(0), RowOf(reader));
        }

        return rows;
    }

    public async Task<(long Vectors, long Metrics)> CountStoredAsync(string table)
    {
        var spec = SpecOf(table);
        var vectors = spec.Layout.Place == VectorPlace.Table
            ? $"SELECT count(*) FROM {Quote(table + "_embeddings")}"
            : $"SELECT count({Quote(VectorOf(spec))}) FROM {Quote(table)}";
        return (
            await Database.ScalarAsync<long>(vectors),
            await Database.ScalarAsync<long>($"SELECT count(*) FROM {Quote(MetricsNames.TableName(table))}"));
    }

    public async Task<IReadOnlyList<string>> ReadFailedRowsAsync() =>
        await Database.ScalarAsync<string>("SELECT to_regclass('ingest_embeddings.failed_row')::text") is null
            ? []
            : await Database.ListAsync<string>(
                "SELECT concat_ws(' | ', destination, array_to_string(key, ', '), stage, reason, failed_at) FROM ingest_embeddings.failed_row");

    public string DescribeKey(string table, int ordinal) => KindOf(SpecOf(table)).Description(ordinal);

    private static StoredRow RowOf(NpgsqlDataReader reader) => new(
        reader.IsDBNull(1) ? null : reader.GetString(1),
        reader.IsDBNull(2) ? null : reader.GetFieldValue<float[]>(2),
        reader.IsDBNull(3) ? null : new TextMetrics(
            reader.GetInt32(3),
            reader.GetInt32(4),
            reader.IsDBNull(5) ? null : reader.GetFloat(5),
            reader.IsDBNull(6) ? null : reader.GetInt32(6),
            reader.IsDBNull(7) ? null : reader.GetInt32(7)))
    {
        HasCurrentHash = reader.GetBoolean(8),
    };

    private static NpgsqlParameter Text(string? text) =>
        new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text };

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string VectorOf(TableSpec spec) => spec.VectorColumns.Count > 0 ? spec.VectorColumns[0] : "embedding";

    private static KeyKind KindOf(TableSpec spec) => KeyKind.All[spec.KeyKind ?? "integer"];

    private static string InsertInto(TableSpec spec)
    {
        var columns = KindOf(spec).Columns.Select(column => column.Name).Append(spec.TextColumns[0]);
        return $"INSERT INTO {Quote(spec.Name)} ({string.Join(", ", columns.Select(Quote))}) VALUES";
    }

    // Tables that init made have the integer key.
    private TableSpec SpecOf(string table) => _specs.GetValueOrDefault(table) ?? new TableSpec(table);

    private string OrdinalOf(string table) => KindOf(SpecOf(table)).Ordinal;

    private async Task InsertAllAsync(TableSpec spec)
    {
        if (spec.Texts.Count == 0)
        {
            return;
        }

        var rows = spec.Texts.Select((_, index) => $"({KindOf(spec).Values(index + 1)}, ${index + 1})");
        await Database.ExecuteAsync($"{InsertInto(spec)} {string.Join(", ", rows)}", [.. spec.Texts.Select(Text)]);
    }

    private async Task CloseAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
            _store = null;
        }
    }

    private ValueTask ReachAsync(string point) => AtFailpoint?.Invoke(point) ?? ValueTask.CompletedTask;
}
