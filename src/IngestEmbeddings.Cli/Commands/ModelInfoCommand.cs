using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Folders;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>model info</c>: shows what is known of a model.</summary>
internal sealed class ModelInfoCommand : Command<string>
{
    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "model info",
        Summary = "Shows a model's kind, pooling, prompts, limits, graphs, precisions and fingerprint.",
        Examples = [new("ingest-embeddings model info intfloat/multilingual-e5-small")],
        Arguments = [OptionTable.ModelFolder],
        Options = [.. OptionTable.EnvironmentChoice],
    };

    /// <summary>Reads which model is meant. Mistakes go to <paramref name="settings"/>.</summary>
    public static string Read(SettingsReader settings, string workingDirectory)
    {
        var model = settings.Text(OptionTable.ModelFolder);
        if (string.IsNullOrEmpty(model))
        {
            settings.Reject("A model must be given: its folder, or its Hugging Face id.");
            return "";
        }

        var folder = Path.GetFullPath(model, workingDirectory);
        return Directory.Exists(folder) ? folder : model;
    }

    /// <inheritdoc/>
    protected override string Read(CommandContext context) => Read(context.Settings, context.Folder);

    /// <inheritdoc/>
    protected override Task<int> InvokeAsync(string options, CommandContext context, CancellationToken stopping)
    {
        foreach (var (name, value) in Lines(ModelInfo.Read(options)))
        {
            context.Messages.Line($"{name + ":",-16}{value}");
        }

        return Task.FromResult(ExitCode.Done);
    }

    private static IEnumerable<(string Name, string Value)> Lines(ModelInfo info)
    {
        var folder = info.Folder;
        yield return ("folder", folder.Path);
        yield return ("kind", folder.Kind.Length == 0 ? "not stated" : folder.Kind);
        yield return ("pooling", folder.Pooling.ToString().ToLowerInvariant() + (folder.PoolingStated ? "" : " (assumed: the folder has no modules.json)"));
        yield return ("normalized", folder.Normalized ? "yes" : "no");
        yield return ("maximum tokens", folder.MaxTokens?.ToString(CultureInfo.InvariantCulture) ?? "not stated");
        yield return ("text prefix", folder.DocumentPrompt.Length == 0 ? "none" : $"'{folder.DocumentPrompt}'");
        foreach (var (name, prompt) in folder.Prompts)
        {
            yield return ("prompt", $"{name} '{prompt}'");
        }

        if (ModelCard.TryRead(folder.Path) is { } card)
        {
            yield return ("license", card.License ?? "not stated");
            if ((card.BaseModel ?? card.Source) is not null)
            {
                yield return ("origin", string.Join("; ", new[] { card.BaseModel, card.Source }.Where(static part => part is not null)));
            }
        }

        foreach (var graph in info.Graphs)
        {
            var size = string.Create(CultureInfo.InvariantCulture, $"{graph.Size / 1e6:0.0} MB");
            yield return ("graph", $"{Path.GetRelativePath(folder.Path, graph.Path)}  {graph.Precision}  {size}  {string.Join(", ", graph.Inputs)} -> {string.Join(", ", graph.Outputs)}");
        }

        foreach (var (path, fault) in info.Broken)
        {
            yield return ("not usable", $"{Path.GetRelativePath(folder.Path, path)}: {fault}");
        }

        yield return ("taken by auto", Path.GetRelativePath(folder.Path, info.Chosen.Path));
        yield return ("dimensions", info.Description.Dimension.ToString(CultureInfo.InvariantCulture));
        yield return ("fingerprint", info.Description.Fingerprint);
    }
}
