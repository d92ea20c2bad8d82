using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Benching;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>bench</c>: tries numbers of workers and batch sizes on rows of the table, and writes nothing into it.</summary>
internal sealed class BenchCommand : Command<BenchOptions>
{
    private static readonly int[] BatchSizes = [32, 100, 500];

    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "bench",
        Summary = "Tries numbers of workers and batch sizes on your own rows, and advises which to use.",
        Details = "Writes nothing, or with --write into a copy of these rows, which has the same columns and indexes and is dropped at the end.",
        Examples =
        [
            new("ingest-embeddings bench", "sentences, with the model that run would use"),
            new("ingest-embeddings bench docs --model ./my-model --seconds 10"),
            new("ingest-embeddings bench docs --write", "what the database adds"),
            new("ingest-embeddings bench --metrics-only --json"),
        ],
        Arguments = [OptionTable.Table],
        Options =
        [
            OptionTable.MetricsOnly, BenchOptions.TrySeconds, BenchOptions.WriteSwitch, BenchOptions.SampleRows,
            .. OptionTable.EncodingChoice, OptionTable.Entities, .. OptionTable.TableChoice, OptionTable.Json,
        ],
    };

    /// <inheritdoc/>
    protected override BenchOptions Read(CommandContext context) =>
        BenchOptions.Read(context.Settings, context.Folder, context.Messages.Warn);

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(BenchOptions options, CommandContext context, CancellationToken stopping)
    {
        await using var job = await context.OpenJobAsync(options.Store, options.Table, model: null, progress: [], stopping);
        var subject = await FindSubjectAsync(job.Table, options, stopping);
        var trial = new BenchTrial(subject, new TextMeter(entities: options.Entities), context.Process.Time);
        var results = new List<BenchResult>();
        for (var workers = 1; workers <= Math.Max(2, Environment.ProcessorCount); workers *= 2)
        {
            var observer = workers == 1 ? new EventChannel(context.Observers) : EventChannel.None;
            await using var encoder = options.Model is null
                ? null
                : await context.LoadEncoder(options.Model, workers, observer, stopping);
            // The first calls of a model and of a program are slower than all others.
            await trial.RunAsync(encoder, workers, BatchSizes[0], options.Time / 4, stopping);
            foreach (var batchSize in BatchSizes)
            {
                results.Add(await trial.RunAsync(encoder, workers, batchSize, options.Time, stopping));
            }
        }

        var report = new BenchReport(options.Model?.Name, options.Table.Table, subject.Rows, options.Write, new BenchTable(results));
        context.Messages.Document(options.Json ? report.ToJson() : report.ToMarkdown(Advice(report, context.Hint)));
        return ExitCode.Done;
    }

    private static string Advice(BenchReport report, CommandHint hint)
    {
        var advised = report.Tried.Advised;
        return hint.Of("run", report.Table, Text(advised.BatchSize), OptionTable.Workers.Name, Text(advised.Workers));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task<IBenchSubject> FindSubjectAsync(
        IIngestTable table, BenchOptions options, CancellationToken cancellationToken)
    {
        IBenchSubject subject = options.Write
            ? await ScratchSubject.CreateAsync(table, options.Rows, options.Model is null, cancellationToken)
            : new SampleSubject(await table.SampleAsync(options.Rows, cancellationToken));
        var wanted = options is { Write: true, Model: null } ? "a text and an embedding" : "a text";
        return subject.Rows > 0
            ? subject
            : throw new IngestException(IngestError.Configuration, $"Table {options.Table.Table} has no row with {wanted} to try.");
    }
}
