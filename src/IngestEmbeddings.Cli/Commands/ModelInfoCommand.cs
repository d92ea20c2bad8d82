using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Folders;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>model info</c>: shows what was understood of a model.</summary>
/// <param name="messages">Shows it.</param>
internal sealed class ModelInfoCommand(Messages messages)
{
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

    /// <summary>Runs the command.</summary>
    /// <returns>The exit code.</returns>
    public int Invoke(string model)
    {
        var info = ModelInfo.Read(model);
        var folder = info.Folder;
        Show("folder", folder.Path);
        Show("kind", folder.Kind.Length == 0 ? "not stated" : folder.Kind);
        Show("pooling", folder.Pooling.ToString().ToLowerInvariant() + (folder.PoolingStated ? "" : " (assumed: the folder has no modules.json)"));
        Show("normalized", folder.Normalized ? "yes" : "no");
        Show("maximum tokens", folder.MaxTokens?.ToString(CultureInfo.InvariantCulture) ?? "not stated");
        Show("text prefix", folder.DocumentPrompt.Length == 0 ? "none" : $"'{folder.DocumentPrompt}'");
        foreach (var (name, prompt) in folder.Prompts)
        {
            Show("prompt", $"{name} '{prompt}'");
        }

        if (ModelCard.TryRead(folder.Path) is { } card)
        {
            Show("license", card.License ?? "not stated");
            if ((card.BaseModel ?? card.Source) is not null)
            {
                Show("origin", string.Join("; ", new[] { card.BaseModel, card.Source }.Where(static part => part is not null)));
            }
        }

        foreach (var graph in info.Graphs)
        {
            var size = string.Create(CultureInfo.InvariantCulture, $"{graph.Size / 1e6:0.0} MB");
            Show("graph", $"{Path.GetRelativePath(folder.Path, graph.Path)}  {graph.Precision}  {size}  {string.Join(", ", graph.Inputs)} -> {string.Join(", ", graph.Outputs)}");
        }

        foreach (var (path, fault) in info.Broken)
        {
            Show("not usable", $"{Path.GetRelativePath(folder.Path, path)}: {fault}");
        }

        Show("taken by auto", Path.GetRelativePath(folder.Path, info.Chosen.Path));
        Show("dimensions", info.Description.Dimension.ToString(CultureInfo.InvariantCulture));
        Show("fingerprint", info.Description.Fingerprint);
        return ExitCode.Done;
    }

    private void Show(string name, string value) => messages.Line($"{name + ":",-16}{value}");
}
