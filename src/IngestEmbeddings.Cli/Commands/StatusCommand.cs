using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>status</c> is asked for.</summary>
internal sealed record StatusOptions(StoreLocation Store, TableRequest Table)
{
    /// <summary>True to count the rows of a large table instead of estimating them.</summary>
    public bool IsExact { get; init; }

    /// <summary>True to list the runs that have ended.</summary>
    public bool ShowsRuns { get; init; }

    public bool ShowsJson { get; init; }

    /// <summary>True to show the state again and again, until it is stopped or every row is done.</summary>
    public bool Watches { get; init; }
}

/// <summary><c>status</c>: shows how far a table is, which workers run, and which rows failed.</summary>
internal sealed class StatusCommand : Command<StatusOptions>
{
    private const int MaxFailedRows = 100;

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private static readonly OptionSpec Exact = new(
        "--exact", null, "off", "count the rows of a large table, instead of estimating them from a sample", OptionGroup.Work);

    private static readonly OptionSpec PastRuns = new(
        "--runs", null, "off", "the runs that have ended, the last one first, with --json their receipts", OptionGroup.Work);

    private static readonly OptionSpec Watch = new(
        "--watch", null, "off", "show the state again every two seconds, until every row is done or it is stopped", OptionGroup.Work);

    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "status",
        Summary = "Shows how far a table is, active runs and their workers, and failed rows with their reasons.",
        Details = $"Lists at most {MaxFailedRows} failed rows, and changes nothing. The exit code is 0 when all is done, 3 with failed rows, 4 with rows pending.",
        Examples =
        [
            new("ingest-embeddings status", "the state of sentences"),
            new("ingest-embeddings status docs --store postgresql://me@server/corpus"),
            new("ingest-embeddings status docs --watch", "again and again, while a run works"),
            new("ingest-embeddings status docs --runs", "what past runs did"),
        ],
        Arguments = [OptionTable.Table],
        Options = [Exact, PastRuns, Watch, .. OptionTable.TableChoice, OptionTable.EmbeddingColumn, OptionTable.Metrics, OptionTable.Json],
    };

    /// <inheritdoc/>
    protected override StatusOptions Read(CommandContext context)
    {
        var settings = context.Settings;
        if (settings.IsOn(Watch) && settings.IsOn(PastRuns))
        {
            settings.Reject($"{PastRuns.Name} shows what is over, and {Watch.Name} what goes on: give one of them.");
        }

        return new StatusOptions(StoreChoice.Read(settings, context.Folder, context.Messages.Warn), TableOptions.Read(settings))
        {
            IsExact = settings.IsOn(Exact),
            ShowsRuns = settings.IsOn(PastRuns),
            ShowsJson = settings.IsOn(OptionTable.Json),
            Watches = settings.IsOn(Watch),
        };
    }

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(StatusOptions options, CommandContext context, CancellationToken stopping)
    {
        await using var store = await context.OpenStoreAsync(options.Store, stopping);
        var table = await store.OpenTableAsync(options.Table, stopping);
        var view = new StatusView(table.Description, options.Table.Table, context.Hint);
        var screen = new RepeatedScreen(context.Messages, isTerminal: context.Process.OutputWidth is not null && !options.ShowsJson);
        while (true)
        {
            var status = await table.ReadStatusAsync(MaxFailedRows, mayEstimate: !options.IsExact, stopping);
            var receipts = KeptReceipt.Read(await table.ReadReceiptsAsync(stopping)).ToList();
            var loss = TokenLoss.Of(receipts, [.. status.Origins.Select(static origin => origin.Fingerprint)]);
            screen.Show(
                options.ShowsJson ? [view.Json(status, loss, options.ShowsRuns ? receipts : null)]
                : options.ShowsRuns ? receipts.Select(ReceiptLine.Of).DefaultIfEmpty("No run of this table has ended yet.")
                : view.Lines(status, loss));
            var code = status.Pending > 0 ? ExitCode.Stopped : status.Failed > 0 ? ExitCode.SomeFailed : ExitCode.Done;
            if (!options.Watches || (status.Pending == 0 && status.Runs.Count == 0) || !await WaitAsync(context, stopping))
            {
                return code;
            }
        }
    }

    private static async Task<bool> WaitAsync(CommandContext context, CancellationToken stopping)
    {
        await Task.Delay(Between, context.Process.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stopping.IsCancellationRequested;
    }
}
