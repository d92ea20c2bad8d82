using IngestEmbeddings.Cli.Output;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>init</c>: creates what a table lacks.</summary>
/// <param name="openStore">Opens the store.</param>
/// <param name="messages">Shows what was created.</param>
internal sealed class InitCommand(StoreOpener openStore, Messages messages)
{
    /// <summary>Runs the command.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> InvokeAsync(InitOptions options, CancellationToken cancellationToken)
    {
        await using var store = await openStore(options.Store, new EventMessages(messages), cancellationToken);
        var report = await store.InitAsync(options.Request, cancellationToken);
        foreach (var created in report.Created)
        {
            messages.Line($"Created {created}");
        }

        var table = report.Table;
        messages.Line(report.Created.Count == 0
            ? $"Nothing to create: {table.Name} has {table.EmbeddingColumn} {table.VectorType} and {table.MetricsTable}."
            : $"{table.Name} is ready in {store.Location}.");
        return ExitCode.Done;
    }
}
