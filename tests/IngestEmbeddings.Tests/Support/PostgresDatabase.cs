using Npgsql;
using Xunit;

namespace IngestEmbeddings.Tests.Support;

/// <summary>A database of its own on the test server, with pgvector, for as long as it lives.</summary>
/// <remarks>
/// Use it as a class fixture: <c>class FooTests(PostgresDatabase database) : IClassFixture&lt;PostgresDatabase&gt;</c>. The first
/// use of <see cref="ConnectionString"/> in a test skips the test, with the reason, where no server is named; on a build
/// server (<c>CI=true</c>) it fails instead, so that a missing server never looks like success.
/// </remarks>
public sealed class PostgresDatabase : IAsyncLifetime
{
    public const string Variable = "INGEST_TEST_POSTGRES";

    private const string Missing =
        "No PostgreSQL server: set " + Variable + " to the connection string of a superuser on a server with pgvector, " +
        "or run ./test, which starts one.";

    private readonly string _name = $"ingest_test_{Guid.NewGuid():N}";
    private string _encoding = "UTF8";
    private NpgsqlDataSource? _source;

    /// <summary>The superuser's connection string of the test server; null where there is none.</summary>
    public static string? Server
    {
        get
        {
            var server = Environment.GetEnvironmentVariable(Variable);
            return string.IsNullOrWhiteSpace(server) ? null : server;
        }
    }

    /// <summary>The connection string of this database, as its owner.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(Require()) { Database = _name }.ConnectionString;

    /// <summary>The parts of <see cref="ConnectionString"/>.</summary>
    public NpgsqlConnectionStringBuilder Settings => new(ConnectionString);

    private NpgsqlDataSource Source => _source ?? throw new InvalidOperationException(Require());

    /// <summary>A database outside the life of a class fixture; dispose it.</summary>
    /// <param name="encoding">Its encoding.</param>
    public static async Task<PostgresDatabase> CreateAsync(string encoding = "UTF8")
    {
        Require();
        var database = new PostgresDatabase { _encoding = encoding };
        await database.InitializeAsync();
        return database;
    }

    public async ValueTask InitializeAsync()
    {
        if (Server is null)
        {
            return;
        }

        // template0: no session can be connected to it, which would make CREATE DATABASE fail.
        await OnServerAsync($"CREATE DATABASE {_name} TEMPLATE template0 ENCODING '{_encoding}'{(_encoding == "UTF8" ? "" : " LOCALE 'C'")}");
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString) { MaxPoolSize = 8 });
        await ExecuteAsync("CREATE EXTENSION vector");
    }

    /// <summary>Runs statements that give nothing back. Values are $1, $2, …, or parameters with a type of their own.</summary>
    public async Task<int> ExecuteAsync(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The first column of the first row; default where that is NULL or there is none.</summary>
    public async Task<T?> ScalarAsync<T>(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) is T value ? value : default;
    }

    /// <summary>The first column of every row.</summary>
    public async Task<List<T>> ListAsync<T>(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var list = new List<T>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            list.Add(await reader.GetFieldValueAsync<T>(0, TestContext.Current.CancellationToken));
        }

        return list;
    }

    /// <summary>A connection as the owner, for what needs a session or a transaction of its own.</summary>
    public ValueTask<NpgsqlConnection> ConnectAsync() => Source.OpenConnectionAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_source is null)
        {
            return;
        }

        await _source.DisposeAsync();
        await OnServerAsync($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)");
    }

    /// <summary>The test server; skips the test where there is none, and fails it on CI.</summary>
    public static string Require()
    {
        if (Server is { } server)
        {
            return server;
        }

        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException(Missing);
        }

        Assert.Skip(Missing);
        return null!;
    }

    private static async Task OnServerAsync(string sql)
    {
        // No pool: a pooled connection would outlive the test program's interest in it.
        var settings = new NpgsqlConnectionStringBuilder(Require()) { Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private NpgsqlCommand Command(string sql, object?[] values)
    {
        var command = Source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value ?? DBNull.Value });
        }

        return command;
    }
}
