using IngestEmbeddings.Tests.Support;
using Npgsql;
using Shouldly;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A role without privileges that may be hostile, and a connection as it.</summary>
internal sealed class LowRole : IAsyncDisposable
{
    private readonly PostgresDatabase _database;
    private readonly NpgsqlConnection _connection;

    private LowRole(PostgresDatabase database, string name, NpgsqlConnection connection)
    {
        _database = database;
        Name = name;
        _connection = connection;
    }

    public string Name { get; }

    public string ConnectionString => _connection.ConnectionString;

    public static async Task<LowRole> CreateAsync(PostgresDatabase database)
    {
        var name = $"mallory_{Guid.NewGuid():N}";
        await database.ExecuteAsync($"CREATE ROLE {name} LOGIN PASSWORD '{Canary.Password}'");
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Username = name, Password = Canary.Password, Pooling = false, PersistSecurityInfo = true,
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        return new LowRole(database, name, connection);
    }

    /// <summary>Runs statements as the role.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Grants what the tool advises for a role that shares a run.</summary>
    public Task GrantAdvisedAsync() => _database.ExecuteAsync(
        $"GRANT USAGE, CREATE ON SCHEMA ingest_embeddings TO {Name}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ingest_embeddings TO {Name}");

    /// <summary>The role has gained nothing.</summary>
    public async Task ShouldBePowerlessAsync() =>
        (await _database.ScalarAsync<bool>("SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = $1", Name)).ShouldBeFalse();

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _database.ExecuteAsync($"DROP OWNED BY {Name} CASCADE");
        await _database.ExecuteAsync($"DROP ROLE {Name}");
    }
}
