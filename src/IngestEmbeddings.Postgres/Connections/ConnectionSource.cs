using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Writing;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Connections;

/// <summary>Opens connections, all with the same settings. Safe for use by several threads.</summary>
internal sealed class ConnectionSource : IAsyncDisposable
{
    // A server that is just starting says so and is worth a short wait; one that is absent is not.
    private static readonly TimeSpan StartingPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StartingPoll = TimeSpan.FromMilliseconds(250);

    private readonly NpgsqlConnectionStringBuilder _settings;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly List<NpgsqlDataSource> _retired = [];
    private NpgsqlDataSource _source;

    public ConnectionSource(PostgresOptions options)
    {
        _settings = ConnectionSettings.Build(options);
        _clock = options.Clock;
        Failpoints = options.Failpoints;
        Location = ConnectionSettings.Describe(_settings);
        Retry = new RetryPolicy(options, Location);
        _source = CreateSource(_settings);
    }

    /// <summary>The server and the database, without the password.</summary>
    public string Location { get; }

    public RetryPolicy Retry { get; }

    public Failpoints Failpoints { get; }

    /// <summary>Opens a connection, or fails with what the driver says.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _source.OpenConnectionAsync(cancellationToken);
        }
    }

    /// <summary>Opens a connection that no pool keeps: what is set in its session ends with it.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="errorDetail">True: errors tell the values at fault. They must not be printed as they are.</param>
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
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a connection at the start of something: an absent server is an error of the configuration then.</summary>
    /// <exception cref="TooManyConnectionsException">The server takes no more connections.</exception>
    /// <exception cref="IngestException">The server is absent, or refuses us.</exception>
    public Task<NpgsqlConnection> OpenFirstAsync(CancellationToken cancellationToken) =>
        OpenFirstAsync(async token => await OpenAsync(token), cancellationToken);

    /// <summary>As the other, for rows that a user brings: errors tell the values at fault.</summary>
    public Task<NpgsqlConnection> OpenForLoadingAsync(CancellationToken cancellationToken) =>
        OpenFirstAsync(token => OpenUnpooledAsync(token, errorDetail: true), cancellationToken);

    private async Task<NpgsqlConnection> OpenFirstAsync(Func<CancellationToken, Task<NpgsqlConnection>> open, CancellationToken cancellationToken)
    {
        var start = _clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await open(cancellationToken);
            }
            catch (NpgsqlException restarting) when (IsRestart(restarting) && _clock.GetElapsedTime(start) < StartingPatience)
            {
                await Task.Delay(StartingPoll, _clock, cancellationToken);
            }
            catch (Exception fault) when (PostgresFaults.Classify(fault) == FaultKind.Crowded)
            {
                throw new TooManyConnectionsException(
                    $"{Location}: the server takes no more connections. Use fewer workers, or raise max_connections.", fault);
            }
            catch (Exception fault) when (PostgresFaults.Classify(fault) is not FaultKind.Unknown)
            {
                throw FaultMessages.Explain(fault, Location);
            }
        }
    }

    /// <summary>Connects for the first time, and sees whether a pooler stands between us and the server.</summary>
    /// <remarks>
    /// A pooler that gives each transaction another connection of the server may give it one on which the name of our
    /// prepared statement means another statement. The number of the server's process shows it: a pooler makes one up.
    /// </remarks>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        if (!await Retry.RunAsync((_, token) => ReachesServerAsync(token), cancellationToken))
        {
            StopPreparing();
        }
    }

    private async Task<bool> ReachesServerAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenFirstAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
        return await command.ExecuteScalarAsync(cancellationToken) is int process && process == connection.ProcessID;
    }

    /// <summary>Forgets the pooled connections and the types they know: after an extension was created.</summary>
    public void Renew() => Replace(_settings.MaxAutoPrepare);

    /// <summary>Lets no pooled connection be used again: the server they lead to is no longer the one that takes writes.</summary>
    public void ForgetServer()
    {
        lock (_gate)
        {
            _source.Clear();
        }
    }

    /// <summary>Stops preparing statements: a pooler loses them, or a table changed under them.</summary>
    public void StopPreparing() => Replace(maxAutoPrepare: 0);

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        foreach (var source in _retired)
        {
            await source.DisposeAsync();
        }
    }

    // There is a server: it starts or stops, or it took the connection and went away in the middle of the greeting.
    private static bool IsRestart(NpgsqlException fault) => fault switch
    {
        PostgresException server => server.SqlState is
            PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown,
        { InnerException: IOException } => true,
        _ => false,
    };

    private static NpgsqlDataSource CreateSource(NpgsqlConnectionStringBuilder settings)
    {
        // The name is what metrics show; the default would be the connection string.
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = "ingest-embeddings" };
#pragma warning disable NPG9001 // Experimental: may change with a new version of the driver.
        builder.AddTypeInfoResolverFactory(new WireTypes());
#pragma warning restore NPG9001
        return builder.Build();
    }

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
