using IngestEmbeddings.Cli.Benching;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>bench</c>: tries numbers of workers and batch sizes on rows of the table, and writes nothing into it.</summary>
/// <param name="openStore">Opens the store.</param>
/// <param name="loadEncoder">Loads the model.</param>
/// <param name="messages">Shows the table.</param>
/// <param name="time">The clock.</param>
internal sealed class BenchCommand(StoreOpener openStore, EncoderLoader loadEncoder, Messages messages, TimeProvider time)
{
    private static readonly int[] BatchSizes = [32, 100, 500];

    /// <summary>Runs the command.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> InvokeAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        await using var store = await openStore(options.Store, new EventMessages(messages), cancellationToken);
        var table = await store.OpenTableAsync(options.Table, cancellationToken);
        var subject = await FindSubjectAsync(table, options, cancellationToken);
        var trial = new BenchTrial(subject, new TextMeter(entities: options.Entities), time);
        var results = new List<BenchResult>();
        for (var workers = 1; workers <= Math.Max(2, Environment.ProcessorCount); workers *= 2)
        {
            await using var encoder = options.Model is null
                ? null
                : await loadEncoder(options.Model, workers, workers == 1 ? new EventMessages(messages) : EventChannel.None, cancellationToken);
            // The first calls of a model and of a program are slower than all others.
            await trial.RunAsync(encoder, workers, BatchSizes[0], options.Time / 4, cancellationToken);
            foreach (var batchSize in BatchSizes)
            {
                results.Add(await trial.RunAsync(encoder, workers, batchSize, options.Time, cancellationToken));
            }
        }

        var report = new BenchReport(options.Model?.Name, options.Table.Table, subject.Rows, options.Write, new BenchTable(results));
        messages.Document(options.Json ? report.ToJson() : report.ToMarkdown());
        return ExitCode.Done;
    }

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
