using IngestEmbeddings.Postgres;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>A PostgreSQL database for one benchmark, dropped at its end.</summary>
internal sealed class BenchmarkDatabase : IAsyncDisposable
{
    private readonly string _server;
    private readonly string _name;

    private BenchmarkDatabase(string server, string name, IStore store)
    {
        _server = server;
        _name = name;
        Store = store;
    }

    public IStore Store { get; }

    /// <summary>Creates the database on the server that INGEST_TEST_POSTGRES names.</summary>
    public static async Task<BenchmarkDatabase> CreateAsync()
    {
        var server = Environment.GetEnvironmentVariable("INGEST_TEST_POSTGRES")
            ?? throw new IngestException(IngestError.Usage, "Set INGEST_TEST_POSTGRES to the connection string of a PostgreSQL superuser.");
        var name = $"ingest_bench_{Environment.ProcessId}";
        await ExecuteAsync(server, $"CREATE DATABASE {name}");
        var options = new PostgresOptions
        {
            ConnectionString = new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString,
        };
        return new BenchmarkDatabase(server, name, await PostgresStore.OpenAsync(options, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await ExecuteAsync(_server, $"DROP DATABASE {_name} WITH (FORCE)");
    }

    private static async Task ExecuteAsync(string server, string statement)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}
