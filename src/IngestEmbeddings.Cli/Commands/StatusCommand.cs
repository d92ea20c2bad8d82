using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>status</c> is asked for.</summary>
internal sealed record StatusOptions(StoreLocation Store, TableRequest Table)
{
    /// <summary>Reads the options. Mistakes go to <paramref name="settings"/>.</summary>
    public static StatusOptions Read(SettingsReader settings, string workingDirectory, Action<string> warn) =>
        new(StoreChoice.Read(settings, workingDirectory, warn), TableOptions.Read(settings));
}

/// <summary><c>status</c>: tells how a table stands: what is pending, who works on it, which rows were set aside and why.</summary>
/// <param name="openStore">Opens the store.</param>
/// <param name="messages">Shows it.</param>
internal sealed class StatusCommand(StoreOpener openStore, Messages messages)
{
    private const int FailedRows = 100;

    /// <summary>Runs the command.</summary>
    /// <returns>The exit code that a run would give that found nothing to do: 0, 3 with rows set aside, 4 with rows pending.</returns>
    public async Task<int> InvokeAsync(StatusOptions options, CancellationToken cancellationToken)
    {
        await using var store = await openStore(options.Store, new EventMessages(messages), cancellationToken);
        var table = await store.OpenTableAsync(options.Table, cancellationToken);
        var status = await table.ReadStatusAsync(FailedRows, cancellationToken);
        Line($"{table.Description.Name}: {status.Pending} rows pending, {status.Failed} failed");
        foreach (var run in status.Runs)
        {
            var pass = run.Sweep == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", sweep {run.Sweep}");
            Line($"run with {run.Model}{(run.Replaces ? " (--reembed)" : "")} since {run.Began.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z: {run.Claims} claims held{pass}");
            foreach (var worker in run.Workers)
            {
                Line($"  worker {worker.Name}: {worker.Rows} rows, last seen {worker.Silent.TotalSeconds:0} s ago");
            }
        }

        foreach (var row in status.FailedRows)
        {
            Line($"failed {row.Key}: {row.Stage}: {row.Reason}");
        }

        if (status.Failed > status.FailedRows.Count)
        {
            Line($"… and {status.Failed - status.FailedRows.Count} more");
        }

        return status.Pending > 0 ? ExitCode.Stopped : status.Failed > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    private void Line(FormattableString text) => messages.Line(text.ToString(CultureInfo.InvariantCulture));
}
