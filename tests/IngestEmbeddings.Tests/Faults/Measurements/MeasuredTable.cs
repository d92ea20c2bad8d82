using IngestEmbeddings.Tests.Support;
using Npgsql;

namespace IngestEmbeddings.Tests.Faults.Measurements;

/// <summary>A large table on a server of its own, and the program to be measured over it.</summary>
internal sealed class MeasuredTable(PrivateCluster cluster) : IAsyncDisposable
{
    private const string Create = """
        CREATE EXTENSION IF NOT EXISTS vector;
        CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
        DROP SCHEMA IF EXISTS ingest_embeddings CASCADE;
        DROP TABLE IF EXISTS sentences, sentence_metrics;
        CREATE TABLE sentences (sentenceid bigint PRIMARY KEY, hawaiiantext text, embedding vector(384));
        CREATE TABLE sentence_metrics (
            sentenceid bigint PRIMARY KEY, word_ratio real, word_count integer, length integer, entity_count integer,
            frequency integer, updated_at timestamptz);
        """;

    /// <summary>The server's own cache, as it comes.</summary>
    public const string DefaultBuffers = "128MB";

    /// <summary>
    /// Starts a server on which nothing happens at times of its own: no checkpoint, no autovacuum, which would fall into one run and
    /// not into another.
    /// </summary>
    /// <param name="sharedBuffers">The server's own cache.</param>
    public static async Task<MeasuredTable> StartAsync(string sharedBuffers = DefaultBuffers) => new(await PrivateCluster.StartAsync(
        fsync: false, "shared_preload_libraries=pg_stat_statements", $"shared_buffers={sharedBuffers}", "max_wal_size=16GB", "checkpoint_timeout=1h",
        "autovacuum=off", "max_connections=60"));

    /// <summary>Makes the table again.</summary>
    public async Task FillAsync(int rows)
    {
        await cluster.ExecuteAsync("postgres", Create);
        await cluster.ExecuteAsync("postgres", $"INSERT INTO sentences SELECT n, 'Sentence ' || n || ' says that the wind turned' FROM generate_series(1, {rows}) AS n");
        await cluster.ExecuteAsync("postgres", "VACUUM ANALYZE sentences");
    }

    /// <summary>Starts the program.</summary>
    public ToolProcess Start(int workers) => ToolProcess.Start(
    [
        "run", "sentences", "500", "--model", "builtin:hashing", "--frequency", "never", "--workers", FormattableString.Invariant($"{workers}"),
        "--store", $"postgresql://postgres@127.0.0.1:{cluster.Port}/postgres",
    ]);

    /// <summary>The processor time that the server has taken.</summary>
    public TimeSpan ServerTime => ProcessorTime.Of(cluster.ProcessId);

    /// <summary>A connection of its own.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(cluster.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Runs a statement.</summary>
    public Task ExecuteAsync(string sql) => cluster.ExecuteAsync("postgres", sql);

    public ValueTask DisposeAsync() => cluster.DisposeAsync();
}
