using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Events;
using IngestEmbeddings.Stores;
using Microsoft.Extensions.Logging;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What a command works with.</summary>
internal sealed record CommandContext
{
    /// <summary>The command line.</summary>
    public required ParsedArguments Arguments { get; init; }

    /// <summary>The values of options, from the command line and the environment.</summary>
    public required SettingsReader Settings { get; init; }

    /// <summary>Shows results and notices.</summary>
    public required Messages Messages { get; init; }

    /// <summary>Writes commands as they must be typed here.</summary>
    public required CommandHint Hint { get; init; }

    /// <summary>What the program touches of its process.</summary>
    public required ProcessContext Process { get; init; }

    public required StoreOpener OpenStore { get; init; }

    public required EncoderLoader LoadEncoder { get; init; }

    /// <summary>Takes diagnostics.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>Where relative paths begin.</summary>
    public string Folder => Process.WorkingDirectory;

    /// <summary>Words events and logs them.</summary>
    public IReadOnlyList<IIngestObserver> Observers =>
        [new EventMessages(Messages, Hint), new EventLog(Loggers.CreateLogger("Run"))];

    /// <summary>Opens a store.</summary>
    public Task<IStore> OpenStoreAsync(StoreLocation location, CancellationToken cancellationToken) =>
        OpenStore(location, new EventChannel(Observers), Loggers, cancellationToken);

    /// <summary>Opens a store, finds a table and loads a model.</summary>
    /// <param name="location">Which store.</param>
    /// <param name="table">Which table.</param>
    /// <param name="model">
    /// Which model, where it is named, else the one that made the vectors of the table; and how many workers share it. Null for none.
    /// </param>
    /// <param name="progress">Observe the run before the messages do, in this order.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public Task<IngestJob> OpenJobAsync(
        StoreLocation location,
        TableRequest table,
        (ModelOptions Options, int Workers)? model,
        IReadOnlyList<IIngestObserver> progress,
        CancellationToken cancellationToken) => IngestJob.OpenAsync(
        new IngestJobOptions
        {
            OpenStore = (observer, token) => OpenStore(location, observer, Loggers, token),
            Table = table,
            LoadEncoderOf = model is { } chosen
                ? (found, observer, token) => new RecordedModel(LoadEncoder, chosen.Workers).LoadAsync(chosen.Options, found, observer, token)
                : null,
            Observers = [.. progress, .. Observers],
        },
        cancellationToken);
}
