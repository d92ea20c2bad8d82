using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using IngestEmbeddings.Cli.Benching;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>bench</c>: tries numbers of workers and batch sizes on texts of the table, and writes nothing.</summary>
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
        IReadOnlyList<string> texts;
        await using (var store = await openStore(options.Store, messages.Notice, cancellationToken))
        {
            var table = await store.OpenTableAsync(options.Table, cancellationToken);
            texts = await table.SampleAsync(options.Rows, cancellationToken);
        }

        if (texts.Count == 0)
        {
            throw new IngestException(IngestError.Configuration, $"Table {options.Table.Table} has no row with a text to try.");
        }

        var results = new List<BenchResult>();
        for (var workers = 1; workers <= Math.Max(2, Environment.ProcessorCount); workers *= 2)
        {
            await using var encoder = options.Model is null
                ? null
                : await loadEncoder(options.Model, workers, workers == 1 ? messages.Notice : static _ => { }, cancellationToken);
            // The first calls of a model and of a program are slower than all others.
            await TryAsync(texts, encoder, options, workers, BatchSizes[0], options.Time / 4, cancellationToken);
            foreach (var batchSize in BatchSizes)
            {
                results.Add(await TryAsync(texts, encoder, options, workers, batchSize, options.Time, cancellationToken));
            }
        }

        var tried = new BenchTable(results);
        messages.Line(options.Json ? Json(tried, texts.Count, options) : Markdown(tried, texts.Count, options));
        return ExitCode.Done;
    }

    private static string Markdown(BenchTable tried, int rows, BenchOptions options)
    {
        var text = new StringBuilder();
        var culture = CultureInfo.InvariantCulture;
        text.Append(culture, $"{options.Model?.Name ?? "metrics only"}, {rows} rows of {options.Table.Table}, {Environment.ProcessorCount} cores; nothing was written.\n\n");
        text.Append("| workers | batch | rows/s | speed-up | what limits |\n| ---: | ---: | ---: | ---: | --- |\n");
        foreach (var result in tried.Results)
        {
            text.Append(culture, $"| {result.Workers} | {result.BatchSize} | {result.RowsPerSecond:N0} | {tried.SpeedUp(result):0.00} | {result.Limit} |\n");
        }

        var advised = tried.Advised;
        return text.Append(culture, $"\nUse: ingest-embeddings {options.Table.Table} {advised.BatchSize} --workers {advised.Workers}").ToString();
    }

    private static string Json(BenchTable tried, int rows, BenchOptions options) => new JsonObject
    {
        ["model"] = options.Model?.Name,
        ["table"] = options.Table.Table,
        ["rows"] = rows,
        ["cores"] = Environment.ProcessorCount,
        ["results"] = new JsonArray([.. tried.Results.Select(result => new JsonObject
        {
            ["workers"] = result.Workers,
            ["batch_size"] = result.BatchSize,
            ["rows_per_second"] = Math.Round(result.RowsPerSecond, 1),
            ["speed_up"] = Math.Round(tried.SpeedUp(result), 2),
            ["limit"] = result.Limit,
        })]),
        ["advised"] = new JsonObject { ["workers"] = tried.Advised.Workers, ["batch_size"] = tried.Advised.BatchSize },
    }.ToJsonString();

    private async Task<BenchResult> TryAsync(
        IReadOnlyList<string> texts, IEncoder? encoder, BenchOptions options, int workers, int batchSize, TimeSpan duration,
        CancellationToken cancellationToken)
    {
        using var enough = new CancellationTokenSource(duration, time);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
        await using var run = new SampleRun(texts);
        var meter = new TextMeter(entities: options.Entities);
        var ingest = new IngestOptions { Workers = workers, BatchSize = batchSize };
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var summary = await new IngestPipeline(run, encoder, meter, ingest, new Silence(), time).RunAsync(stopping.Token);
        cancellationToken.ThrowIfCancellationRequested();
        process.Refresh();
        var seconds = summary.Elapsed.TotalSeconds;
        var busy = (process.TotalProcessorTime - before).TotalSeconds / (seconds * Environment.ProcessorCount);
        return new BenchResult(workers, batchSize, summary.Processed / seconds, busy);
    }

    private sealed class Silence : IIngestObserver
    {
        public void Started(int workers, long total)
        {
        }

        public void BatchWritten(BatchReport report)
        {
        }

        public void Notice(string message)
        {
        }
    }
}
