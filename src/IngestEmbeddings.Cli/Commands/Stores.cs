using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Sqlite;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Opens the stores of this program; a <see cref="StoreOpener"/>.</summary>
internal static class Stores
{
    /// <inheritdoc cref="StoreOpener"/>
    public static async Task<IStore> OpenAsync(
        StoreLocation location, Action<string> notice, CancellationToken cancellationToken) => location switch
        {
            SqliteLocation sqlite => await SqliteStore.OpenAsync(sqlite.File, cancellationToken),
            _ => throw new IngestException(
                IngestError.Configuration, "PostgreSQL is not available yet. Use --store sqlite:FILE."),
        };
}
