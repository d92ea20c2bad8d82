using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Http.Hub;
using IngestEmbeddings.Onnx.Folders;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Fetches a model that is named by its id and is not on this machine.</summary>
internal static class MissingModel
{
    /// <summary>Fetches the model where it is missing; does nothing for a name that cannot be an id of a hub.</summary>
    /// <param name="model">A folder, a shipped model or an id.</param>
    /// <param name="precision">Which graph is needed.</param>
    /// <param name="observer">Observes the progress.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public static async Task FetchAsync(string model, string precision, IIngestObserver observer, CancellationToken cancellationToken)
    {
        // A word without an organisation is more likely a misspelt folder.
        if (model.Contains('/') && ModelId.TryParse(model, out var id) && !IsUsable(ModelFinder.TryFind(model, Environment.GetEnvironmentVariable)))
        {
            var options = HubOptions.Read(Environment.GetEnvironmentVariable, ModelFinder.HubCache(Environment.GetEnvironmentVariable));
            await new ModelPuller(options with { Observer = observer }).PullAsync(id, precision, cancellationToken);
        }
    }

    /// <summary>A Python program that has used the model leaves it in the cache without its ONNX graph.</summary>
    private static bool IsUsable(string? folder) => folder is not null && ModelFolder.ListGraphs(folder).Count > 0;
}
