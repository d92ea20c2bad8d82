using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Http.Hub;

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
/// <param name="hub">Which hub, and where to.</param>
/// <param name="messages">Shows how it goes.</param>
internal sealed class ModelPullCommand(HubOptions hub, Messages messages)
{
    /// <summary>Runs the command.</summary>
    /// <param name="options">What to fetch.</param>
    /// <param name="cancellationToken">A token to cancel the operation; what was received is kept.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> InvokeAsync(ModelPullOptions options, CancellationToken cancellationToken)
    {
        var puller = new ModelPuller(hub with { Observer = new EventMessages(messages) });
        var model = await puller.PullAsync(options.Id, options.Precision, cancellationToken);
        messages.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Id}: {model.Files} files, {model.Size / 1e6:0.0} MB, {(model.Fetched == 0 ? "all there already" : "verified")}, commit {model.Commit}"));
        messages.Line(model.Folder);
        return ExitCode.Done;
    }
}
