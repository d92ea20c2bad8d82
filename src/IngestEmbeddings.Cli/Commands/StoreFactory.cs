using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Sqlite;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>The kinds of stores of this program. Nothing else asks which kind a location is of.</summary>
internal static class StoreFactory
{
    /// <summary>Opens stores whose failpoints are armed.</summary>
    public static StoreOpener Opener(Failpoints failpoints) =>
        (location, observer, loggers, cancellationToken) => location switch
        {
            SqliteLocation sqlite => OpenAsync(sqlite, cancellationToken),
            PostgresLocation postgres => OpenAsync(
                postgres, observer, Options(postgres, failpoints, observer) with { LoggerFactory = loggers }, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(location)),
        };

    /// <summary>What the store of a location can do.</summary>
    public static StoreCapabilities CapabilitiesOf(StoreLocation location) => location switch
    {
        SqliteLocation => SqliteStore.Capabilities,
        PostgresLocation => PostgresStore.Capabilities,
        _ => throw new ArgumentOutOfRangeException(nameof(location)),
    };

    /// <summary>The file of an embedded store that does not exist yet; null where there is nothing to create.</summary>
    public static SqliteLocation? MissingFile(StoreLocation location) =>
        location is SqliteLocation sqlite && !File.Exists(sqlite.File) ? sqlite : null;

    private static async Task<IStore> OpenAsync(SqliteLocation location, CancellationToken cancellationToken)
    {
        if (location.MustExist && MissingFile(location) is not null)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"There is no {location.Shown}, and this command only reads. Name another store with --store, or make it.")
            {
                Suggestion = new Suggestion("To make it with the sample", "run"),
            };
        }

        return location.OnlyReads
            ? await SqliteStore.OpenReadOnlyAsync(location.File, cancellationToken)
            : await SqliteStore.OpenAsync(location.File, cancellationToken);
    }

    /// <summary>How a PostgreSQL server is reached.</summary>
    public static PostgresOptions Options(PostgresLocation location, Failpoints failpoints, IIngestObserver observer) => new()
    {
        ConnectionString = location.Url,
        Host = location.Host,
        Port = location.Port,
        Database = location.Database,
        User = location.User,
        Password = location.Password,
        Parameters = location.Parameters,
        Lease = location.Lease,
        MaxOutage = location.GiveUpAfter,
        Observer = observer,
        Failpoints = failpoints,
    };

    private static async Task<IStore> OpenAsync(
        PostgresLocation location, IIngestObserver observer, PostgresOptions options, CancellationToken cancellationToken)
    {
        if (location.HostOrigin is { } origin)
        {
            observer.Observe(new HostFromEnvFile(origin));
        }

        return await PostgresStore.OpenAsync(options, cancellationToken);
    }
}
