using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Cli.Verifying;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>verify</c> is asked for.</summary>
internal sealed record VerifyChoice(StoreLocation Store, TableRequest Table, ModelOptions? Model, VerifyOptions Verify, bool ShowsJson);

/// <summary><c>verify</c>: proves what runs have written, or lists what is wrong.</summary>
internal sealed class VerifyCommand : Command<VerifyChoice>
{
    private const int MaxSample = 1_000_000;
    private const int MaxThreads = 1024;

    private static readonly OptionSpec Sample = new(
        "--sample N", null, OptionTable.Text(new VerifyOptions().Sample),
        "how many rows to encode again and compare, chosen by chance", OptionGroup.Rows);

    private static readonly OptionSpec NoModel = new(
        "--no-model", null, "off", "encode nothing again: without a model, a vector of another text is not seen", OptionGroup.Model);

    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "verify",
        Summary = "Checks the vectors and metrics of a table, and encodes some rows again. Reads only.",
        Details = "Reads every row. For each finding there is the statement or the command that heals it. The exit code is 0 when nothing is wrong, else 6.",
        Examples =
        [
            new("ingest-embeddings verify", "sentences, 200 rows encoded again"),
            new("ingest-embeddings verify docs --sample 5000 --json"),
            new("ingest-embeddings verify docs --no-model", "without a model"),
        ],
        Arguments = [OptionTable.Table],
        Options =
        [
            Sample, NoModel, .. OptionTable.EncodingChoice, OptionTable.Threads, .. OptionTable.TableChoice, OptionTable.EmbeddingColumn, OptionTable.Metrics, OptionTable.Json,
        ],
    };

    /// <inheritdoc/>
    protected override VerifyChoice Read(CommandContext context)
    {
        var settings = context.Settings;
        var store = StoreChoice.Read(settings, context.Folder, context.Messages.Warn);
        var model = ModelOptions.Read(settings, store, context.Folder, MaxThreads);
        return new VerifyChoice(
            store,
            TableOptions.Read(settings),
            settings.IsOn(NoModel) ? null : model,
            new VerifyOptions { Sample = settings.WholeNumber(Sample, MaxSample) ?? new VerifyOptions().Sample },
            settings.IsOn(OptionTable.Json));
    }

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(VerifyChoice choice, CommandContext context, CancellationToken stopping)
    {
        (ModelOptions, int)? model = choice.Model is null ? null : (choice.Model, 1);
        await using var job = await context.OpenJobAsync(choice.Store, choice.Table, model, progress: [], stopping);
        var report = await new TableVerifier(job.Table, choice.Table.Table, job.Encoder).VerifyAsync(choice.Verify, stopping);
        var view = new VerifyView(job.Table.Description.Name, context.Hint);
        foreach (var line in choice.ShowsJson ? [view.Json(report)] : view.Lines(report))
        {
            context.Messages.Line(line);
        }

        return report.Findings.Count == 0 ? ExitCode.Done : ExitCode.Data;
    }
}
