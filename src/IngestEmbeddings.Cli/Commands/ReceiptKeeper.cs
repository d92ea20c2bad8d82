using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Shown;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Keeps the receipt of a run in the store, and in a file where one is asked for.</summary>
internal sealed class ReceiptKeeper(CommandContext context)
{
    // A server that does not answer must not keep the program from ending.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(3);

    /// <summary>Keeps it. That the store takes none is a notice: the rows are written.</summary>
    /// <exception cref="IngestException">The file cannot be written.</exception>
    public async Task KeepAsync(RunOptions options, IngestJob job, MetricsRecipe? recipe, RunFigures run, RunEnding ending)
    {
        var receipt = JsonLine.Of(new RunReceipt
        {
            Store = job.Store.Location,
            Table = job.Table.Description,
            Encoder = job.Encoder?.Description,
            Metrics = recipe?.ToString() ?? "",
            Options = context.Arguments.Values.ToDictionary(static option => option.Key.Name, option => context.Messages.Mask(Secrets.RedactUrl(option.Value))),
            Ended = context.Process.Time.GetUtcNow(),
            Run = run,
            Ending = ending,
        }.Json());
        using var limit = new CancellationTokenSource(MaxWait, context.Process.Time);
        try
        {
            await job.Table.KeepReceiptAsync(receipt, limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            context.Messages.Notice($"The receipt of this run is not kept in the store, which does not answer within {MaxWait.TotalSeconds:0} s.");
        }
        catch (IngestException exception)
        {
            context.Messages.Notice($"The receipt of this run is not kept in the store: {exception.Message}");
        }

        if (options.Receipt is { } file)
        {
            await WriteAsync(file, receipt, options.Table.Table);
        }
    }

    private static async Task WriteAsync(string file, string receipt, string table)
    {
        try
        {
            // Never a half of it, nor a half of it over another one.
            await File.WriteAllTextAsync($"{file}.new", receipt + "\n");
            File.Move($"{file}.new", file, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"The receipt cannot be written: {exception.Message} The rows are written; the store has the receipt.",
                exception) { Suggestion = new Suggestion("To read it", "status", table, "--runs", "--json") };
        }
    }
}
