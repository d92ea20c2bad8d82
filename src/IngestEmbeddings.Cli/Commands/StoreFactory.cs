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
            PostgresLocation postgres => await PostgresStore.OpenAsync(
                new PostgresOptions
                {
                    ConnectionString = postgres.Url,
                    Host = postgres.Host,
                    Port = postgres.Port,
                    Database = postgres.Database,
                    User = postgres.User,
                    Password = postgres.Password,
                    Parameters = postgres.Parameters,
                    Lease = postgres.Lease,
                    MaxOutage = postgres.GiveUpAfter,
                    Observer = observer,
                    Failpoints = failpoints,
                },
                cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(location)),
        };
    }
}
