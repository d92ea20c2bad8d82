using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.Sql;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IngestEmbeddings.Postgres.Connections;

/// <summary>How to reach a PostgreSQL server, and how patient to be with it.</summary>
public sealed record PostgresOptions
{
    /// <summary>
    /// An Npgsql connection string, or a URL such as <c>postgresql://user@host:5432/database?sslmode=require</c>; null when
    /// the pieces below say it all. Pieces that are set win over it.
    /// </summary>
    public string? ConnectionString { get; init; }

    /// <summary>Host name, address, or the folder of a Unix socket. Default <c>localhost</c>.</summary>
    public string? Host { get; init; }

    /// <summary>TCP port. Default 5432.</summary>
    public int? Port { get; init; }

    /// <summary>Database. Default: the name of the user.</summary>
    public string? Database { get; init; }

    /// <summary>Role to connect as. Default: the user of this process.</summary>
    public string? User { get; init; }

    /// <summary>Password. Default: the password file of libpq, if there is one. Never shown.</summary>
    public string? Password { get; init; }

    /// <summary>
    /// Further connection keywords of libpq, such as <c>sslmode</c> or <c>application_name</c>, which the connection string does not
    /// give; null for none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>
    /// How long a worker's claim holds without being renewed, by the database's clock. The rows of a killed worker wait this
    /// long for another. Default 60 s, at least 1 s.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the server may be away once a run is under way; null for ever. Default null.</summary>
    public TimeSpan? MaxOutage { get; init; }

    /// <summary>Observes what the store has to tell, such as a weak TLS mode or a retry. Default none.</summary>
    public IIngestObserver Observer { get; init; } = EventChannel.None;

    /// <summary>Where diagnostics are logged. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Where tests stop, kill or delay the program. Default: nowhere.</summary>
    public Failpoints Failpoints { get; init; } = Failpoints.None;

    /// <summary>The clock that local waits are measured with. Leases use the database's clock instead.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The guards of every write, of which tests switch one off.</summary>
    internal WriteGuards Guards { get; init; } = WriteGuards.All;
}
