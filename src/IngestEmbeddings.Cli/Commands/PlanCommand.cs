using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Planning;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>plan</c> is asked for.</summary>
internal sealed record PlanOptions(RunOptions Run, bool ShowsJson);

/// <summary><c>plan</c>: shows what a run would do and cost, and writes nothing. <c>run --dry-run</c> is the same.</summary>
internal sealed class PlanCommand : Command<PlanOptions>
{
    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "plan",
        Summary = "Shows what a run would do, how long it would take, and why it would be refused. Reads only.",
        Details = "Looks at a sample of the texts with the model's own tokenizer and measures the speed of this machine, in some seconds. The exit code is 5 when a run would be refused.",
        Examples =
        [
            new("ingest-embeddings plan", "what ingest-embeddings would do"),
            new("ingest-embeddings plan docs --workers 4 --model ./my-model"),
            new("ingest-embeddings plan docs --json"),
        ],
        Arguments = [OptionTable.Table, OptionTable.BatchSize],
        Options =
        [
            OptionTable.Workers, OptionTable.MetricsOnly, OptionTable.Recompute, OptionTable.Reembed, OptionTable.Supersede, OptionTable.Sleep,
            OptionTable.Limit, OptionTable.Changed, .. OptionTable.EncodingChoice, OptionTable.Threads, OptionTable.TokenBudget,
            OptionTable.Frequency, .. OptionTable.TableChoice, OptionTable.EmbeddingColumn, OptionTable.Metrics, OptionTable.Json,
        ],
    };

    /// <inheritdoc/>
    protected override PlanOptions Read(CommandContext context) => new(
        RunOptions.Read(context.Settings, context.Folder, context.Messages.Warn), context.Settings.IsOn(OptionTable.Json));

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(PlanOptions options, CommandContext context, CancellationToken stopping)
    {
        var run = options.Run;
        if (StoreFactory.MissingFile(run.Store) is { } missing)
        {
            return new SampleStore(new SampleCorpus(context.Process.ProgramFolder), context).Describe(missing, run.Table.Table);
        }

        (ModelOptions, int)? model = run.Model is null ? null : (run.Model, run.Ingest.Workers);
        await using var job = await context.OpenJobAsync(run.Store, run.Table, model, progress: [], stopping);
        return await ShowAsync(run, job, options.ShowsJson, context, stopping);
    }

    /// <summary>Plans a run and shows the plan.</summary>
    /// <returns>The exit code: that of a configuration fault where the run would be refused.</returns>
    public static async Task<int> ShowAsync(RunOptions options, IngestJob job, bool showsJson, CommandContext context, CancellationToken stopping)
    {
        var ingest = options.Ingest with { Clock = context.Process.Time };
        var request = new PlanRequest
        {
            Work = options.WorkOf(job),
            Workers = ingest.Workers,
            Limit = ingest.Limit,
            Supersede = options.Supersede,
        };
        var plan = await new Planner(job, context.Process.Time).PlanAsync(request, ingest, options.Frequency, stopping);
        foreach (var line in showsJson ? [PlanView.Json(plan)] : PlanView.Lines(plan, options.Table.Table, context.Hint))
        {
            context.Messages.Line(line);
        }

        foreach (var refusal in plan.Table.Refusals)
        {
            context.Messages.Fail($"A run would be refused: {refusal}");
        }

        return plan.Table.Refusals.Count > 0 ? ExitCode.Configuration : ExitCode.Done;
    }
}
