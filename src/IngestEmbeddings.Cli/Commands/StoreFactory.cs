using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Sqlite;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Opens the stores of this program; a <see cref="StoreOpener"/>.</summary>
internal static class StoreFactory
{
    /// <summary>Opens stores whose failpoints are armed.</summary>
    public static StoreOpener Opener(Failpoints failpoints) =>
        (location, observer, cancellationToken) => OpenAsync(location, failpoints, observer, cancellationToken);

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
        StoreLocation location, Failpoints failpoints, IIngestObserver observer, CancellationToken cancellationToken)
    {
        if (location is PostgresLocation { HostOrigin: { } origin })
        {
            observer.Observe(new HostFromEnvFile(origin));
        }

        if (location is SqliteLocation { MustExist: true } missing && !File.Exists(missing.File))
        {
            throw new IngestException(
                IngestError.Configuration,
                $"There is no {missing.Shown}, and this command only reads. 'ingest-embeddings' makes it with the sample, 'ingest-embeddings load' with your rows; --store names another store.");
        }

        return location switch
        {
            SqliteLocation sqlite => await SqliteStore.OpenAsync(sqlite.File, cancellationToken),
            PostgresLocation postgres => await PostgresStore.OpenAsync(Options(postgres, failpoints, observer), cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(location)),
        };
    }
}
