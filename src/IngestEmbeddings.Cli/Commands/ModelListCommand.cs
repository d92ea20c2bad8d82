using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Onnx.Folders;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>model list</c>: shows which models are on this machine, and where.</summary>
internal sealed class ModelListCommand : Command
{
    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "model list",
        Summary = "Shows which models are on this machine, and where.",
        Examples = [new("ingest-embeddings model list")],
        Options = [.. OptionTable.EnvironmentChoice],
    };

    /// <inheritdoc/>
    public override Task<int> InvokeAsync(CommandContext context, CancellationToken stopping)
    {
        context.Settings.ThrowIfRejected();
        var models = ModelInventory.List(context.Process.Environment.GetValueOrDefault);
        var width = models.Select(static model => model.Name.Length).DefaultIfEmpty().Max();
        foreach (var model in models)
        {
            var graphs = model.Graphs.Count > 0
                ? string.Join(", ", model.Graphs)
                : $"no ONNX graph; to fetch it: {context.Hint.Of("model pull", model.Name)}";
            context.Messages.Line(string.Create(
                CultureInfo.InvariantCulture, $"{model.Name.PadRight(width)}  {model.Size / 1e6,8:0.0} MB  {graphs}"));
            context.Messages.Line($"{new string(' ', width)}  {model.Folder}{(model.Name == ShippedModel.Name ? "  (comes with the program)" : "")}");
        }

        return Task.FromResult(ExitCode.Done);
    }
}
