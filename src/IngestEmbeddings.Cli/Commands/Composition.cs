using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Stores;
using Microsoft.Extensions.Logging;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Opens a store. A file of the embedded store is created when it does not exist.</summary>
/// <param name="location">Which one.</param>
/// <param name="observer">Observes what it has to tell.</param>
/// <param name="loggers">Takes its diagnostics.</param>
/// <param name="cancellationToken">A token to cancel the operation.</param>
internal delegate Task<IStore> StoreOpener(
    StoreLocation location, IIngestObserver observer, ILoggerFactory loggers, CancellationToken cancellationToken);

/// <summary>Loads a model.</summary>
/// <param name="model">Which one, and how.</param>
/// <param name="workers">How many workers will share it.</param>
/// <param name="observer">Observes what it has to tell.</param>
/// <param name="cancellationToken">A token to cancel the operation.</param>
internal delegate Task<IEncoder> EncoderLoader(
    ModelOptions model, int workers, IIngestObserver observer, CancellationToken cancellationToken);
