using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>status</c> is asked for.</summary>
internal sealed record StatusOptions(StoreLocation Store, TableRequest Table);

/// <summary><c>status</c>: shows what is pending, which workers run, and which rows failed.</summary>
internal sealed class StatusCommand : Command<StatusOptions>
{
    private const int MaxFailedRows = 100;

    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "status",
        Summary = "Shows rows pending, active runs and their workers, and failed rows with their reasons.",
        Details = $"Lists at most {MaxFailedRows} failed rows, and changes nothing. The exit code is 0 when all is done, 3 with failed rows, 4 with rows pending.",
        Examples =
        [
            new("ingest-embeddings status", "the state of sentences"),
            new("ingest-embeddings status docs --store postgresql://me@server/corpus"),
        ],
        Arguments = [OptionTable.Table],
        Options = [.. OptionTable.TableChoice, OptionTable.EmbeddingColumn],
    };

    /// <inheritdoc/>
    protected override StatusOptions Read(CommandContext context) => new(
        StoreChoice.Read(context.Settings, context.Folder, context.Messages.Warn), TableOptions.Read(context.Settings));

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(StatusOptions options, CommandContext context, CancellationToken stopping)
    {
        await using var store = await context.OpenStoreAsync(options.Store, stopping);
        var table = await store.OpenTableAsync(options.Table, stopping);
        var status = await table.ReadStatusAsync(MaxFailedRows, stopping);
        foreach (var line in Lines(table.Description.Name, status))
        {
            context.Messages.Line(line);
        }

        if (status.Gone > 0)
        {
            context.Messages.Line(Invariant(
                $"{status.Gone} vectors or metrics rows are of rows that are gone or have no text any more. To remove them: {context.Hint.Of("run", options.Table.Table, "--prune")}"));
        }

        if (table.Description.ChangesUnnoticed is { } unnoticed)
        {
            context.Messages.Line($"{EventMessages.TextOf(unnoticed)} {context.Hint.Of(unnoticed.Remedy)}");
        }

        return status.Pending > 0 ? ExitCode.Stopped : status.Failed > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    private static IEnumerable<string> Lines(string table, TableStatus status)
    {
        yield return Invariant($"{table}: {status.Pending} rows pending, {status.Failed} failed");
        foreach (var run in status.Runs)
        {
            var sweep = run.Sweep == 0 ? "" : Invariant($", sweep {run.Sweep}");
            yield return Invariant(
                $"run with {run.Model}{(run.Replaces ? " (--reembed)" : "")} since {run.Began.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z: {run.Claims} claims held{sweep}");
            foreach (var worker in run.Workers)
            {
                yield return Invariant($"  worker {worker.Name}: {worker.Rows} rows, last seen {worker.Silent.TotalSeconds:0} s ago");
            }
        }

        foreach (var row in status.FailedRows)
        {
            yield return $"failed {row.Key}: {row.Stage}: {row.Reason}";
        }

        if (status.Failed > status.FailedRows.Count)
        {
            yield return Invariant($"… and {status.Failed - status.FailedRows.Count} more");
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
