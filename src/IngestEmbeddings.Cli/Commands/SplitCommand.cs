using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Splitting;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>split</c> is asked for.</summary>
internal sealed record SplitChoice(StoreLocation Store, DocumentsRequest Documents, ModelOptions Model)
{
    public int? Tokens { get; init; }

    public int? Overlap { get; init; }

    public SplitBy? By { get; init; }

    public bool? HeadingContext { get; init; }

    public int Workers { get; init; } = Defaults.Ingest.Workers;

    public bool Again { get; init; }
}

/// <summary><c>split</c>: keeps a table of chunks in step with a table of documents.</summary>
internal sealed class SplitCommand : Command<SplitChoice>
{
    private const int MaxTokens = 1_000_000;
    private const int MaxWorkers = 1024;

    // What most embedding models take, for one that does not say.
    private const int UsualTokens = 512;

    private static readonly OptionSpec Documents = new(
        "<table>", null, "documents", "the table with the documents", OptionGroup.Arguments);

    private static readonly OptionSpec Into = new(
        "--into TABLE", null, "document_chunks of documents", "the table with the chunks, in the schema of the documents; created where it is missing", OptionGroup.Work);

    private static readonly OptionSpec Tokens = new(
        "--tokens N", null, "the model's maximum", "the maximum tokens of a chunk, special tokens and prefix included; from 16", OptionGroup.Work);

    private static readonly OptionSpec Overlap = new(
        "--overlap N", null, "0", "the maximum tokens that a chunk repeats of the one before; up to half of --tokens", OptionGroup.Work);

    private static readonly OptionSpec By = new(
        "--by BORDER", null, "sentence", "where chunks end: sentence, paragraph, markdown (headings and blocks) or tokens (any word)", OptionGroup.Work);

    private static readonly OptionSpec Context = new(
        "--context C", null, "none", "heading: put the headings of Markdown that a chunk stands under before it; or none", OptionGroup.Work);

    private static readonly OptionSpec Again = new(
        "--again", null, "off", "remove all chunks, with their vectors, and split every document again; needed to change how they are split", OptionGroup.Work);

    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "split",
        CreatesStore = true,
        Summary = "Splits long texts into chunks that a model can read, and keeps them in step with the texts.",
        Details = "Only documents whose text has changed are split, and chunks that they still have keep their vectors. How a table of chunks is made is recorded with it: later calls need no options.",
        Examples =
        [
            new("ingest-embeddings split documents", "into document_chunks, as long as the model reads"),
            new("ingest-embeddings split pages --tokens 256 --by markdown --context heading"),
            new("ingest-embeddings split pages --tokens 128 --again", "split once more, in another way"),
        ],
        Arguments = [Documents],
        Options = [Into, Tokens, Overlap, By, Context, Again, OptionTable.Workers, .. OptionTable.ModelChoice, .. OptionTable.TableChoice],
    };

    /// <inheritdoc/>
    protected override SplitChoice Read(CommandContext context)
    {
        var settings = context.Settings;
        var store = StoreChoice.Read(settings, context.Folder, context.Messages.Warn);
        var table = TableOptions.Read(settings) with { Table = QuotedName.Read(settings.Text(Documents)) ?? "documents" };
        var tokens = settings.WholeNumber(Tokens, MaxTokens);
        if (tokens < SplitOptions.MinTokens)
        {
            settings.Reject($"{Tokens.Name} {tokens}: give at least {SplitOptions.MinTokens}.");
        }

        var overlap = settings.Text(Overlap) == "0" ? 0 : settings.WholeNumber(Overlap, MaxTokens);
        if (overlap > tokens / 2)
        {
            settings.Reject($"{Overlap.Name} {overlap}: give at most half of {Tokens.Name}, {tokens / 2}.");
        }

        return new SplitChoice(
            store,
            new DocumentsRequest { Table = table, Into = QuotedName.Read(settings.Text(Into)) },
            ModelOptions.Read(settings, store, context.Folder, MaxWorkers))
        {
            Tokens = tokens,
            Overlap = overlap,
            By = settings.Find(By) is null ? null : settings.Choice(By, "sentence", "sentence", "paragraph", "markdown", "tokens") switch
            {
                "paragraph" => SplitBy.Paragraph,
                "markdown" => SplitBy.Markdown,
                "tokens" => SplitBy.Tokens,
                _ => SplitBy.Sentence,
            },
            HeadingContext = settings.Find(Context) is null ? null : settings.Choice(Context, "none", "none", "heading") == "heading",
            Workers = settings.WholeNumber(OptionTable.Workers, MaxWorkers) ?? Defaults.Ingest.Workers,
            Again = settings.IsOn(Again),
        };
    }

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(SplitChoice choice, CommandContext context, CancellationToken stopping)
    {
        var (code, chunks, _) = await UpdateAsync(choice, context, context.Messages.Line, stopping);
        if (code == ExitCode.Done)
        {
            context.Messages.Line($"To embed them: {context.Hint.Of("run", chunks.Table)}");
        }

        return code;
    }

    /// <summary>Brings the chunks into step.</summary>
    /// <param name="choice">Which, and how.</param>
    /// <param name="context">What the command works with.</param>
    /// <param name="say">Shows what was done.</param>
    /// <param name="stopping">Requests a stop.</param>
    /// <returns>The exit code, the table of the chunks, and the model whose tokens were counted.</returns>
    public static async Task<(int Code, TableRequest Chunks, ModelOptions Model)> UpdateAsync(
        SplitChoice choice, CommandContext context, Action<string> say, CancellationToken stopping)
    {
        await using var store = await context.OpenStoreAsync(choice.Store, stopping);
        var documents = await OpenAsync(store, choice.Documents, stopping);
        var recorded = await documents.ReadRecipeAsync(stopping);
        var model = recorded is null || choice.Model.IsNamed ? choice.Model : choice.Model with { Name = recorded.Model };
        await using var encoder = await context.LoadEncoder(model, choice.Workers, new EventChannel(context.Observers), stopping);
        var recipe = RecipeOf(choice, documents, recorded, encoder.Description);
        if (recorded is null || choice.Again)
        {
            await documents.PrepareAsync(recipe, stopping);
        }
        else if (recipe.DifferenceTo(recorded) is { } difference)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"The chunks in {documents.Chunks.Table} were made with {difference}. Leave the options out to keep them in step as they are, or add {Again.Name} to " +
                "remove them, with their vectors, and split every document again.");
        }

        await store.InitAsync(new InitRequest { Table = documents.Chunks, Dimension = encoder.Description.Dimension }, stopping);
        if (encoder.Tokenizer is null)
        {
            context.Messages.Warn($"{encoder.Description.Model} shows no tokenizer: three characters are counted as a token.");
        }

        var update = new DocumentUpdate(documents, () => new DocumentSplitter(recipe.Options, TokenCounter.Of(encoder)), choice.Workers);
        var summary = await update.RunAsync(stopping);
        say(Describe(summary, documents));
        return (CodeOf(summary, context.Messages), documents.Chunks, model);
    }

    private static async Task<IDocumentTable> OpenAsync(IStore store, DocumentsRequest request, CancellationToken stopping)
    {
        try
        {
            return await store.OpenDocumentsAsync(request, stopping);
        }
        catch (TableNotFoundException fault)
        {
            // To create the table would not help: it has the documents.
            throw new IngestException(fault.Error, $"{fault.Message} Name the table with the documents: split TABLE", fault);
        }
    }

    private static SplitRecipe RecipeOf(SplitChoice choice, IDocumentTable documents, SplitRecipe? recorded, EncoderDescription model)
    {
        var was = recorded?.Options;
        var options = new SplitOptions
        {
            Tokens = choice.Tokens ?? was?.Tokens ?? model.MaxTokens ?? UsualTokens,
            Overlap = choice.Overlap ?? was?.Overlap ?? 0,
            By = choice.By ?? was?.By ?? SplitBy.Sentence,
            HeadingContext = choice.HeadingContext ?? was?.HeadingContext ?? false,
        };
        if (options.Tokens > model.MaxTokens)
        {
            throw new IngestException(
                IngestError.Configuration, $"{model.Model} reads {model.MaxTokens} tokens at most: give {Tokens.Name} {model.MaxTokens} or fewer, or another {OptionTable.Model.Name}.");
        }

        return options.Overlap <= options.Tokens / 2
            ? new SplitRecipe(documents.Name, choice.Documents.Table.IdColumn ?? "", documents.TextColumn, model.Model, options)
            : throw new IngestException(
                IngestError.Configuration, $"{Overlap.Name} {options.Overlap} is more than half of {options.Tokens} tokens: give at most {options.Tokens / 2}.");
    }

    private static string Describe(SplitSummary summary, IDocumentTable documents) => string.Create(
        CultureInfo.InvariantCulture,
        $"Split {summary.Documents} of {documents.Name} into {documents.Chunks.Table}: {summary.New} new chunks, {summary.Kept} kept, {summary.Pruned} of documents that are gone removed.");

    private static int CodeOf(SplitSummary summary, Messages messages)
    {
        if (summary.Pending > 0)
        {
            messages.Warn(string.Create(CultureInfo.InvariantCulture, $"{summary.Pending} documents have changed meanwhile. Run the same command again."));
        }

        return summary.Interrupted ? ExitCode.Interrupted : summary.Pending > 0 ? ExitCode.Stopped : ExitCode.Done;
    }
}
