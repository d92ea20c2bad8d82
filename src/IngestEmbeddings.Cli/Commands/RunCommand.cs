using System.Globalization;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Reading;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>run</c>: fills in the embeddings and metrics of a table.</summary>
/// <param name="openStore">Opens the store.</param>
/// <param name="loadEncoder">Loads the model.</param>
/// <param name="samples">Makes the embedded store that is not there yet.</param>
/// <param name="messages">Shows how it goes.</param>
/// <param name="context">The clock and the failpoints.</param>
internal sealed class RunCommand(
    StoreOpener openStore, EncoderLoader loadEncoder, SampleStore samples, Messages messages, ProcessContext context)
{
    /// <summary>Runs the command.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="stopping">Asks to stop: what is in flight is written.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> InvokeAsync(RunOptions options, CancellationToken stopping)
    {
        if (options.ShowsProgress)
        {
            messages.Line(ProgressLine.Configuration(options.Ingest.Workers, options.Ingest.BatchSize, options.Table.Table));
        }

        if (options.DryRun && samples.IsMissing(options.Store))
        {
            return samples.DescribeMissing(options);
        }

        await samples.CreateIfMissingAsync(options, stopping);
        await using var store = await openStore(options.Store, new EventMessages(messages), stopping);
        var meter = await CreateMeterAsync(options, store, stopping);
        var table = await store.OpenTableAsync(options.Table, stopping);
        await using var encoder = options.Model is null
            ? null
            : await loadEncoder(options.Model, options.Ingest.Workers, new EventMessages(messages), stopping);
        if (options.DryRun)
        {
            return await new DryRun(messages).ShowAsync(options, store, table, encoder?.Description, stopping);
        }

        if (options.FrequencySkipped)
        {
            messages.Notice($"The frequency is skipped with {options.Ingest.Workers} workers. Use --frequency always, or one worker, to have it.");
        }

        return await RunAsync(options, table, encoder, meter, stopping);
    }

    private async Task<int> RunAsync(
        RunOptions options, IIngestTable table, IEncoder? encoder, TextMeter meter, CancellationToken stopping)
    {
        IngestWork work = encoder is null ? new MeasureWork() : new EmbedWork(encoder.Description) { Replace = options.Reembed };
        var progress = new PlainProgress(messages, options.ShowsProgress);
        var events = new EventChannel(progress, new EventMessages(messages));
        var request = new RunRequest
        {
            Work = work,
            Frequency = options.Frequency,
            RebuildIndex = options.RebuildIndex,
            IndexWorkers = options.IndexWorkers,
            Supersede = options.Supersede,
            RetryFailed = options.RetryFailed,
            Workers = options.Ingest.Workers,
            WindowRows = options.Model is null ? options.Ingest.MetricsWindowRows : options.Ingest.WindowRows,
            Observer = events,
        };
        await using var run = await table.StartRunAsync(request, stopping);
        var summary = await new IngestPipeline(run, encoder, meter, options.Ingest with { Clock = context.Time, Failpoints = context.Failpoints }, events).RunAsync(stopping);
        if (encoder is { Counters: { TruncatedRows: > 0 } counters })
        {
            messages.Notice(string.Create(
                CultureInfo.InvariantCulture,
                $"{counters.TruncatedRows} rows were longer than the {encoder.Description.MaxTokens} tokens that the model takes: their ends, {counters.LostTokens} tokens, are not in their vectors."));
        }

        return await ConcludeAsync(options, table, work, summary, progress.Total);
    }

    /// <summary>Says how the run ended; never that all is done when it is not known.</summary>
    private async Task<int> ConcludeAsync(
        RunOptions options, IIngestTable table, IngestWork work, IngestSummary summary, long total)
    {
        var name = options.Table.Table;
        if (summary.CutTexts > 0)
        {
            messages.Warn(string.Create(
                CultureInfo.InvariantCulture, $"{summary.CutTexts} texts of {name} are so long that only their first million characters were encoded and measured."));
        }

        var proof = summary.Proof;
        if (proof is null && (summary.LimitReached || summary.Interrupted) && summary.Written + summary.Failed >= total)
        {
            // The limit, or the wish to stop, may have come with the last row.
            var pending = await table.CountPendingAsync(work, CancellationToken.None);
            if (pending == 0)
            {
                proof = new RunProof(0, summary.Failed);
            }
        }

        if (proof is { Pending: 0 })
        {
            if (proof.Failed > 0)
            {
                messages.Warn(
                    $"{Counted.Rows(proof.Failed)} of {name} failed. To list them: ingest-embeddings status {name}");
            }

            messages.Line(ProgressLine.Finished(name, summary.Written));
            return proof.Failed > 0 ? ExitCode.SomeFailed : ExitCode.Done;
        }

        var why = summary switch
        {
            { Interrupted: true } => "Stopped early",
            { LimitReached: true } => $"Limit of {Counted.Rows(options.Ingest.Limit ?? 0)} reached",
            _ => $"{Counted.Rows(proof?.Pending ?? 0)} added or changed meanwhile and left",
        };
        messages.Line(ProgressLine.Stopped(name, summary.Written, why));
        return ExitCode.Stopped;
    }

    private async Task<TextMeter> CreateMeterAsync(RunOptions options, IStore store, CancellationToken cancellationToken)
    {
        var path = options.Lexicon;
        var language = options.Language;
        if ((path is null || language is null) && await samples.IsMadeFromSampleAsync(store, options.Table.Table, cancellationToken))
        {
            path ??= samples.Corpus.Lexicon;
            language ??= SampleCorpus.Language;
            messages.Notice($"{store.Location} was made from the sample: using {(options.Lexicon is null ? $"its lexicon ({SampleCorpus.LexiconName})" : "your lexicon")} and --language {Defaults.SampleLanguage}.");
        }

        return new TextMeter(
            path is null ? null : await ReadLexiconAsync(path, cancellationToken),
            language ?? TextLanguage.Unspecified,
            options.Entities);
    }

    private async Task<Lexicon> ReadLexiconAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var lexicon = Lexicon.FromLines(await InputFile.ReadLinesAsync(path, cancellationToken));
            if (lexicon.Count == 0)
            {
                messages.Warn($"The lexicon {path} has no words: every word ratio will be 0.");
            }

            return lexicon;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IngestException(
                IngestError.Configuration, $"The lexicon {path} cannot be read: {exception.Message} Fix it, or leave --lexicon out.", exception);
        }
    }
}
