using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Http.Hub;
using IngestEmbeddings.Onnx.Folders;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>model pull</c> is asked for.</summary>
/// <param name="Id">The model.</param>
/// <param name="Precision">Which of its graphs.</param>
internal sealed record ModelPullOptions(ModelId Id, string Precision)
{
    /// <summary>Reads the options. Mistakes go to <paramref name="settings"/>.</summary>
    public static ModelPullOptions Read(SettingsReader settings)
    {
        var model = settings.Text(OptionTable.ModelFolder);
        if (model is null || !ModelId.TryParse(model, out var id))
        {
            settings.Reject("model pull needs an id of Hugging Face, such as intfloat/multilingual-e5-small, also with @revision.");
            id = new ModelId("", ModelId.DefaultRevision);
        }

        return new ModelPullOptions(id, settings.Choice(OptionTable.Precision, Defaults.Precision, "auto", "fp32", "fp16", "int8"));
    }
}

/// <summary><c>model pull</c>: fetches a model into the cache, or finishes what an earlier one began.</summary>
internal sealed class ModelPullCommand : Command<ModelPullOptions>
{
    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "model pull",
        Summary = "Fetches a model from Hugging Face into its cache, or finishes an interrupted fetch.",
        Details = "HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE and HF_HUB_OFFLINE mean what they mean there.",
        Examples = [new("ingest-embeddings model pull intfloat/multilingual-e5-small")],
        Arguments = [OptionTable.ModelFolder],
        Options = [OptionTable.Precision, .. OptionTable.EnvironmentChoice],
    };

    /// <inheritdoc/>
    protected override ModelPullOptions Read(CommandContext context) => ModelPullOptions.Read(context.Settings);

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(ModelPullOptions options, CommandContext context, CancellationToken stopping)
    {
        Func<string, string?> environment = context.Process.Environment.GetValueOrDefault;
        var hub = HubOptions.Read(environment, ModelFinder.HubCache(environment));
        var puller = new ModelPuller(hub with { Observer = new EventChannel(context.Observers) });
        var model = await puller.PullAsync(options.Id, options.Precision, stopping);
        context.Messages.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Id}: {model.Files} files, {model.Size / 1e6:0.0} MB, {(model.Fetched == 0 ? "all there already" : "verified")}, commit {model.Commit}"));
        context.Messages.Line(model.Folder);
        return ExitCode.Done;
    }
}
