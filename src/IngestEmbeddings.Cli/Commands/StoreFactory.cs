using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Postgres;
using IngestEmbeddings.Sqlite;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Opens the stores of this program; a <see cref="StoreOpener"/>.</summary>
internal static class StoreFactory
{
    /// <inheritdoc cref="StoreOpener"/>
    public static async Task<IStore> OpenAsync(
        StoreLocation location, Action<string> notice, CancellationToken cancellationToken) => location switch
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
                    Lease = postgres.Lease,
                    GiveUpAfter = postgres.GiveUpAfter,
                    Notice = notice,
                },
                cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(location)),
        };
}
