using System.Globalization;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Onnx.Folders;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>model list</c>: shows which models are on this machine, and where.</summary>
/// <param name="environment">Gives the value of an environment variable.</param>
/// <param name="messages">Shows them.</param>
internal sealed class ModelListCommand(Func<string, string?> environment, Messages messages)
{
    /// <summary>Runs the command.</summary>
    /// <returns>The exit code.</returns>
    public int Invoke()
    {
        var models = ModelInventory.List(environment);
        var width = models.Select(static model => model.Name.Length).DefaultIfEmpty().Max();
        foreach (var model in models)
        {
            var graphs = model.Graphs.Count > 0
                ? string.Join(", ", model.Graphs)
                : $"no ONNX graph; to fetch it: ingest-embeddings model pull {model.Name}";
            messages.Line(string.Create(
                CultureInfo.InvariantCulture, $"{model.Name.PadRight(width)}  {model.Size / 1e6,8:0.0} MB  {graphs}"));
            messages.Line($"{new string(' ', width)}  {model.Folder}{(model.Name == ShippedModel.Name ? "  (comes with the program)" : "")}");
        }

        return ExitCode.Done;
    }
}
