using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Logging;
using IngestEmbeddings.Postgres.Wire;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IngestEmbeddings.Postgres.Connections;

/// <summary>Opens connections, all with the same settings. Safe for use by several threads.</summary>
internal sealed class ConnectionSource : IAsyncDisposable
{
    private readonly NpgsqlConnectionStringBuilder _settings;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly List<NpgsqlDataSource> _retired = [];
    private NpgsqlDataSource _source;

    public ConnectionSource(PostgresOptions options)
    {
        _settings = ConnectionSettings.Build(options);
        _logger = options.LoggerFactory.CreateLogger<ConnectionSource>();
        Failpoints = options.Failpoints;
        Location = ConnectionSettings.Describe(_settings);
        Border = new StoreBorder(Location);
        Retry = new RetryPolicy(new RetryOptions(options.MaxOutage, options.Clock, options.Observer, _logger));
        _source = CreateSource(_settings);
    }

    /// <summary>The server and the database, without the password.</summary>
    public string Location { get; }

    /// <summary>The border of the store.</summary>
    public StoreBorder Border { get; }

    public RetryPolicy Retry { get; }

    public Failpoints Failpoints { get; }

    /// <summary>Opens a connection, in one try.</summary>
    /// <exception cref="PostgresFault">The server is absent, or refuses.</exception>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        ValueTask<NpgsqlConnection> opening;
        lock (_gate)
        {
            opening = _source.OpenConnectionAsync(cancellationToken);
        }

        try
        {
            return Note(await opening);
        }
        catch (Exception error) when (error is not PostgresFault)
        {
            if (PostgresFault.TryFrom(error) is { } fault)
            {
                throw fault;
            }

            throw;
        }
    }

    /// <summary>Opens a connection that no pool keeps, in one try: what is set in its session ends with it.</summary>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <param name="errorDetail">True: errors tell the values at fault. They must not be printed as they are.</param>
    /// <exception cref="PostgresFault">The server is absent, or refuses.</exception>
    public async Task<NpgsqlConnection> OpenUnpooledAsync(CancellationToken cancellationToken, bool errorDetail = false)
    {
        var settings = new NpgsqlConnectionStringBuilder(_settings.ConnectionString)
        {
            Pooling = false,
            MaxAutoPrepare = 0,
            IncludeErrorDetail = errorDetail,
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return Note(connection);
        }
        catch (Exception error)
        {
            await connection.DisposeAsync();
            if (PostgresFault.TryFrom(error) is { } fault)
            {
                throw fault;
            }

            throw;
        }
    }

    /// <summary>Opens a connection at the start of something: only a server that restarts is waited for.</summary>
    /// <exception cref="PostgresFault">The server is absent, or refuses.</exception>
    public Task<NpgsqlConnection> OpenFirstAsync(CancellationToken cancellationToken) =>
        Retry.RunAsync(Patience.Start, (_, token) => OpenAsync(token), cancellationToken);

    /// <summary>As the other, for rows that a user brings: errors tell the values at fault.</summary>
    public Task<NpgsqlConnection> OpenForLoadingAsync(CancellationToken cancellationToken) =>
        Retry.RunAsync(Patience.Start, (_, token) => OpenUnpooledAsync(token, errorDetail: true), cancellationToken);

    /// <summary>Connects for the first time, and finds out whether a pooler stands between the tool and the server.</summary>
    /// <remarks>
    /// Behind a pooler that changes the server connection with each transaction, the name of a prepared statement may mean another
    /// client's statement. The number of the server's process shows it: a pooler invents one.
    /// </remarks>
    /// <exception cref="PostgresFault">The server is absent, or refuses.</exception>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        if (!await Retry.RunAsync(Patience.Start, (_, token) => ReachesServerAsync(token), cancellationToken))
        {
            StopPreparing();
        }
    }

    /// <summary>Changes what later connections need after a fault.</summary>
    public void Heed(FaultKind kind)
    {
        switch (kind)
        {
            case FaultKind.StalePlan:
                _logger.PreparingStopped();
                StopPreparing();
                break;
            case FaultKind.ReadOnly:
                // The pooled connections lead to a server that no longer takes writes, and would be used for as long as it lives.
                lock (_gate)
                {
                    _source.Clear();
                }

                break;
        }
    }

    /// <summary>Forgets the pooled connections and the types they know: after an extension was created.</summary>
    public void Renew() => Replace(_settings.MaxAutoPrepare);

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        foreach (var source in _retired)
        {
            await source.DisposeAsync();
        }
    }

    private static NpgsqlDataSource CreateSource(NpgsqlConnectionStringBuilder settings)
    {
        // The name is what metrics show; the default would be the connection string.
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = "ingest-embeddings" };
#pragma warning disable NPG9001 // Experimental: may change with a new version of the driver.
        builder.AddTypeInfoResolverFactory(new WireTypes());
#pragma warning restore NPG9001
        return builder.Build();
    }

    private NpgsqlConnection Note(NpgsqlConnection connection)
    {
        _logger.ConnectionOpened(Location, connection.ProcessID);
        return connection;
    }

    private async Task<bool> ReachesServerAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT pg_catalog.pg_backend_pid()", connection);
        try
        {
            return await command.ExecuteScalarAsync(cancellationToken) is int process && process == connection.ProcessID;
        }
        catch (Exception error) when (error is not PostgresFault)
        {
            if (PostgresFault.TryFrom(error) is { } fault)
            {
                throw fault;
            }

            throw;
        }
    }

    private void StopPreparing() => Replace(maxAutoPrepare: 0);

    private void Replace(int maxAutoPrepare)
    {
        lock (_gate)
        {
            _settings.MaxAutoPrepare = maxAutoPrepare;
            // Sessions may still use connections of the old source: it is disposed of at the end.
            _retired.Add(_source);
            _source.Clear();
            _source = CreateSource(_settings);
        }
    }
}
