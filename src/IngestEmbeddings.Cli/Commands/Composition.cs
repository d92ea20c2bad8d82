using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Opens a store. A file of the embedded store is created when it is not there.</summary>
/// <param name="location">Which one.</param>
/// <param name="notice">Is told what the user should know. Called from any thread.</param>
/// <param name="cancellationToken">Gives up.</param>
internal delegate Task<IStore> StoreOpener(StoreLocation location, Action<string> notice, CancellationToken cancellationToken);

/// <summary>Loads a model.</summary>
/// <param name="model">Which one, and how.</param>
/// <param name="workers">How many workers will share it.</param>
/// <param name="notice">Is told what the user should know. Called from any thread.</param>
/// <param name="cancellationToken">Gives up.</param>
internal delegate Task<IEncoder> EncoderLoader(
    ModelOptions model, int workers, Action<string> notice, CancellationToken cancellationToken);
