using System.Globalization;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>index</c>: builds an index over the vectors of a table.</summary>
/// <param name="openStore">Opens the store.</param>
/// <param name="messages">Shows how far the build is.</param>
internal sealed class IndexCommand(StoreOpener openStore, Messages messages)
{
    /// <summary>Runs the command.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> InvokeAsync(IndexOptions options, CancellationToken cancellationToken)
    {
        await using var store = await openStore(options.Store, new EventMessages(messages), cancellationToken);
        var table = await store.OpenTableAsync(options.Table, cancellationToken);
        if (table.Indexing is not { } indexing)
        {
            throw new IngestException(
                IngestError.Configuration, $"{store.Location} has no indexes over vectors; PostgreSQL has them: --store postgresql://…");
        }

        var report = await indexing.BuildIndexAsync(options.Request with { Observer = new EventMessages(messages) }, cancellationToken);
        messages.Line(string.Create(
            CultureInfo.InvariantCulture, $"Built {report.Name}: {report.Bytes / 1e6:0.0} MB in {report.Elapsed.TotalSeconds:0.0} s"));
        return ExitCode.Done;
    }
}
