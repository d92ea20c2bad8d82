using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Live;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>run</c>: fills in the embeddings and metrics of a table.</summary>
internal sealed class RunCommand : Command<RunOptions>
{
    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "run",
        IsDefault = true,
        CreatesStore = true,
        Summary = "Fills in the embeddings and the text metrics of every row of a table.",
        Details = "In parallel, resumable, safe to kill.",
        Examples =
        [
            new("ingest-embeddings", "the shipped sample, in ingest.db"),
            new("ingest-embeddings sentences 500 --workers 4", "four workers, 500 rows at a time"),
            new("ingest-embeddings --metrics-only --workers 2", "metrics for rows that have an embedding"),
            new("ingest-embeddings docs --store postgresql://me@db.example/corpus --model ./multilingual-e5-small"),
            new("ingest-embeddings sentences --dry-run", "what would be done"),
        ],
        Arguments = [OptionTable.Table, OptionTable.BatchSize],
        Options =
        [
            OptionTable.Workers, OptionTable.Split, OptionTable.Watch, OptionTable.MetricsOnly, OptionTable.Recompute, OptionTable.Reembed, OptionTable.Supersede, OptionTable.RebuildIndex,
            OptionTable.IndexWorkers, OptionTable.Sleep, OptionTable.DryRun,
            OptionTable.Limit, OptionTable.RetryFailed, OptionTable.MaxFailures, OptionTable.AdoptSample, OptionTable.Changed, OptionTable.Prune,
            .. OptionTable.EncodingChoice, OptionTable.Threads, OptionTable.TokenBudget,
            OptionTable.Frequency, OptionTable.Lexicon, OptionTable.Language, OptionTable.Entities,
            .. OptionTable.TableChoice, OptionTable.EmbeddingColumn, OptionTable.Metrics, OptionTable.Lease, OptionTable.GiveUpAfter,
            OptionTable.Progress, OptionTable.Receipt, OptionTable.MetricsPort,
        ],
    };

    /// <inheritdoc/>
    protected override RunOptions Read(CommandContext context)
    {
        var options = RunOptions.Read(context.Settings, context.Folder, context.Messages.Warn);
        if (options.Progress != ProgressForm.Live || context.Process.Terminal is not null)
        {
            return options;
        }

        if (context.Settings.Find(OptionTable.Progress) is { Value: "bar" } setting)
        {
            context.Settings.Reject(setting, "the output is no terminal, or one that cannot move its cursor: give plain.");
        }

        return options with { Progress = ProgressForm.Plain };
    }

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(RunOptions options, CommandContext context, CancellationToken stopping)
    {
        if (options.Progress is ProgressForm.Plain or ProgressForm.Live)
        {
            context.Messages.Line(ProgressLine.Configuration(options.Ingest.Workers, options.Ingest.BatchSize, options.Table.Table));
        }

        try
        {
            return await RunAsync(options, context, stopping);
        }
        catch (TableNotFoundException exception) when (context.Arguments.Near is { } near)
        {
            throw new IngestException(
                IngestError.Usage,
                $"There is no command and no table '{near.Word}'. {near.Question}",
                exception);
        }
    }

    private static async Task<int> RunAsync(RunOptions options, CommandContext context, CancellationToken stopping)
    {
        var samples = new SampleStore(new SampleCorpus(context.Process.ProgramFolder), context);
        if (StoreFactory.MissingFile(options.Store) is { } missing)
        {
            if (options.DryRun)
            {
                return samples.Describe(missing, options.Table.Table);
            }

            await samples.CreateAsync(missing, options.Table.Table, stopping);
        }

        if (options is { Split: true, Model: { } chosen })
        {
            var split = await SplitCommand.UpdateAsync(
                new SplitChoice(options.Store, new DocumentsRequest { Table = options.Table }, chosen) { Workers = options.Ingest.Workers },
                context,
                context.Messages.Notice,
                stopping);
            if (split.Code != ExitCode.Done)
            {
                return split.Code;
            }

            options = options with { Table = split.Chunks, Model = split.Model };
        }

        await using var observers = RunObservers.Start(options, context);
        (ModelOptions, int)? model = options.Model is null ? null : (options.Model, options.Ingest.Workers);
        await using var job = await context.OpenJobAsync(options.Store, options.Table, model, observers.All, stopping);
        if (options.DryRun)
        {
            return await PlanCommand.ShowAsync(options, job, showsJson: false, context, stopping);
        }

        if (options.Prune)
        {
            return await PruneAsync(options, job, context.Messages, stopping);
        }

        if (options.FrequencySkipped)
        {
            context.Messages.Notice($"The frequency is skipped with {options.Ingest.Workers} workers. Use --frequency always, or one worker, to have it.");
        }

        var meter = await new MeterFactory(samples, context.Messages).CreateAsync(options, job.Store, stopping);
        var work = options.WorkOf(job);
        var ingest = options.Ingest with { Clock = context.Process.Time, Failpoints = context.Process.Failpoints };
        var request = ingest.RequestFor(work) with
        {
            Frequency = options.Frequency,
            RebuildIndex = options.RebuildIndex,
            IndexWorkers = options.IndexWorkers,
            Supersede = options.Supersede,
            RetryFailed = options.RetryFailed,
        };
        var receipts = new ReceiptKeeper(context);
        IngestSummary summary;
        try
        {
            summary = await observers.ShowAsync(
                ending => MeanTokens.EstimateAsync(job, work, ingest.Limit, ending), () => job.RunAsync(request, ingest, meter, stopping));
        }
        catch (IngestException fault)
        {
            await receipts.KeepAsync(options, job, meter.Recipe, observers.Figures.Read(), new RunEnding((int)fault.Error, "failed", Proof: null));
            throw;
        }

        var run = observers.Figures.Read();
        WarnOfCutTexts(options, (job, run, summary), context);
        var ending = await ConcludeAsync(options, job, (work, summary, run.Total), context);
        if (options.Progress != ProgressForm.None)
        {
            SayLastWords(options, run, ending.Code, context);
        }

        await receipts.KeepAsync(options, job, meter.Recipe, run, ending);
        return options.Watch ? await WatchAsync(job, (request, ingest, meter), context, stopping) : ending.Code;
    }

    private static void SayLastWords(RunOptions options, RunFigures run, int code, CommandContext context)
    {
        foreach (var words in LastWords.Of(run))
        {
            context.Messages.Notice(words);
        }

        if (code == ExitCode.Done && run.Written > 0 && options.Model is not null)
        {
            context.Messages.Notice($"To search: {context.Hint.Of("search", options.Table.Table, "a text")}");
        }
    }

    // Asked to stop, it has done what it was asked to do.
    private static async Task<int> WatchAsync(
        IngestJob job, (RunRequest Request, IngestOptions Ingest, TextMeter Meter) run, CommandContext context, CancellationToken stopping)
    {
        if (!stopping.IsCancellationRequested)
        {
            context.Messages.Notice($"Watching {job.Table.Description.Name} for new and changed rows.");
            try
            {
                var summary = await job.WatchAsync(run.Request, run.Ingest, run.Meter, stopping);
                context.Messages.Notice(string.Create(CultureInfo.InvariantCulture, $"Stopped watching. Rows done meanwhile: {summary.Written}, failed: {summary.Failed}."));
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Stopped before the first look.
            }
        }

        return ExitCode.Done;
    }

    private static async Task<int> PruneAsync(RunOptions options, IngestJob job, Messages messages, CancellationToken stopping)
    {
        var pruned = await job.Table.PruneAsync(stopping);
        messages.Line(pruned.IsEmpty ? $"Nothing to prune in {options.Table.Table}." : Describe(pruned));
        return ExitCode.Done;
    }

    private static string Describe(PruneReport pruned) => string.Create(
        CultureInfo.InvariantCulture,
        $"Pruned {pruned.Vectors} vectors and {pruned.Metrics} metrics rows of rows that are gone or have no text any more.");

    private static void WarnOfCutTexts(RunOptions options, (IngestJob Job, RunFigures Run, IngestSummary Summary) run, CommandContext context)
    {
        var loss = TokenLoss.Of(run.Run);
        if (loss.Rows > 0)
        {
            context.Messages.Notice(string.Create(
                CultureInfo.InvariantCulture,
                $"{Counted.Rows(loss.Rows)} of {options.Table.Table} had more than the {run.Job.Encoder?.Description.MaxTokens} tokens that the model takes: {loss.Told}"));
            if (loss.Advice(context.Hint, options.Table.Table) is { } advice)
            {
                context.Messages.Notice(advice);
            }
        }

        if (run.Summary.CutTexts > 0)
        {
            context.Messages.Warn(string.Create(
                CultureInfo.InvariantCulture,
                $"{run.Summary.CutTexts} texts of {options.Table.Table} are so long that only their first million characters were encoded and measured."));
        }
    }

    // A program that reads JSON has the exit code.
    private static void Show(RunOptions options, CommandContext context, string lastLine)
    {
        if (options.Progress != ProgressForm.Json)
        {
            context.Messages.Line(lastLine);
        }
    }

    /// <summary>Says how the run ended; never that all is done when it is not known.</summary>
    private static async Task<RunEnding> ConcludeAsync(
        RunOptions options, IngestJob job, (IngestWork Work, IngestSummary Summary, long Total) run, CommandContext context)
    {
        var name = options.Table.Table;
        var summary = run.Summary;
        var done = summary.Written + summary.Failed;
        var proof = summary.Proof;
        if (proof is null && done >= run.Total)
        {
            // The limit, or the request to stop, may have come with the last row.
            var pending = await job.Table.CountPendingAsync(run.Work, CancellationToken.None);
            proof = pending == 0 ? new RunProof(0, summary.Failed) : null;
        }

        if (proof?.Pruned is { } pruned)
        {
            context.Messages.Notice(Describe(pruned));
        }

        var failed = proof is { Pending: 0 } ? proof.Failed : summary.Failed;
        if (failed > 0)
        {
            context.Messages.Warn($"{Counted.Rows(failed)} of {name} failed. To list them: {context.Hint.Of("status", name)}");
        }

        if (proof is { Pending: 0 })
        {
            Show(options, context, ProgressLine.Finished(name, summary.Written));
            return new RunEnding(failed > 0 ? ExitCode.SomeFailed : ExitCode.Done, "complete", proof);
        }

        var limitDone = done >= options.Ingest.Limit;
        var (why, outcome) = summary switch
        {
            _ when limitDone => ($"Limit of {Counted.Rows(options.Ingest.Limit ?? 0)} reached", "limit"),
            { Interrupted: true } or { LimitReached: true } => ("Stopped early", "stopped"),
            _ => ($"{Counted.Rows(proof?.Pending ?? 0)} added or changed meanwhile and left", "rows-left"),
        };
        Show(options, context, ProgressLine.Stopped(name, summary.Written, why));
        return new RunEnding(!limitDone ? ExitCode.Stopped : failed > 0 ? ExitCode.SomeFailed : ExitCode.Done, outcome, proof);
    }
}
