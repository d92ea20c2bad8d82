using System.Runtime.CompilerServices;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Reading;
using IngestEmbeddings.Cli.Searching;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>search</c>: finds the rows whose texts are near to a text.</summary>
internal sealed class SearchCommand : Command<SearchChoice>
{
    // So many texts are encoded together.
    private const int TextsAtATime = 64;

    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "search",
        Summary = "Finds the rows whose texts are near in meaning to a text.",
        Details = "Reads only. Uses an index over the vectors where there is one and says so; without one, every vector is compared.",
        Examples =
        [
            new("ingest-embeddings search sentences breakfast", "the ten nearest rows of sentences"),
            new("ingest-embeddings search docs refunds --hybrid --top 5", "and the rows that have the word"),
            new("ingest-embeddings search sentences --like 42", "neighbours of a row"),
            new("ingest-embeddings search sentences rain --columns word_count,length --json"),
            new("ingest-embeddings search docs refunds --sql", "the statement, to use in your own program"),
        ],
        Arguments = [OptionTable.Table, SearchChoice.TextArgument],
        Options =
        [
            SearchChoice.Like, SearchChoice.Hybrid, SearchChoice.Exact, SearchChoice.Top,
            .. OptionTable.EncodingChoice, OptionTable.Threads, .. OptionTable.TableChoice, OptionTable.EmbeddingColumn, OptionTable.Metrics,
            SearchChoice.Columns, SearchChoice.Json, SearchChoice.Sql,
        ],
    };

    /// <inheritdoc/>
    protected override SearchChoice Read(CommandContext context) => SearchChoice.Read(context);

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(SearchChoice choice, CommandContext context, CancellationToken stopping)
    {
        (ModelOptions, int)? model = choice.Model is null ? null : (choice.Model, 1);
        await using var job = await context.OpenJobAsync(choice.Store, choice.Table, model, progress: [], stopping);
        var table = job.Table.Description;
        var search = new TableSearch(job.Table, job.Encoder);
        if (choice.Search.Columns.Count == 0)
        {
            // A chunk says little without its document.
            choice = choice with { Search = choice.Search with { Columns = table.DocumentColumns } };
        }

        var view = new SearchView(table.Name, job.Encoder?.Description.Model, choice.Search.Columns, context.Process.OutputWidth);
        if (choice.LikeKey is not null)
        {
            await ShowLikeAsync(choice, (search, view, KeyOf(choice.LikeKey, table.KeyColumns.Count)), context, stopping);
            return ExitCode.Done;
        }

        string? index = null;
        await foreach (var texts in TextsAsync(choice, context, stopping))
        {
            index = await ShowAsync(choice, (search, view, texts), context, stopping) ?? index;
        }

        TellOfIndex(index, choice, context);
        return ExitCode.Done;
    }

    private static async Task ShowLikeAsync(
        SearchChoice choice, (TableSearch Search, SearchView View, IReadOnlyList<string> Key) what, CommandContext context, CancellationToken stopping)
    {
        if (choice.ShowsSql)
        {
            context.Messages.Document(await what.Search.DescribeLikeAsync(what.Key, choice.Search, stopping));
            return;
        }

        var found = await what.Search.FindLikeAsync(what.Key, choice.Search, stopping);
        Show(choice.ShowsJson ? [what.View.Json(null, what.Key, found)] : what.View.Lines(found), context);
        TellOfIndex(found.Index, choice, context);
    }

    private static async Task<string?> ShowAsync(
        SearchChoice choice, (TableSearch Search, SearchView View, IReadOnlyList<string> Texts) what, CommandContext context, CancellationToken stopping)
    {
        if (choice.ShowsSql)
        {
            foreach (var text in what.Texts)
            {
                context.Messages.Document(string.Join('\n', await what.Search.DescribeAsync(text, choice.Search, stopping)));
            }

            return null;
        }

        string? index = null;
        foreach (var (text, found) in what.Texts.Zip(await what.Search.FindAsync(what.Texts, choice.Search, stopping)))
        {
            index ??= found.Index;
            IEnumerable<string> lines = choice.ShowsJson ? [what.View.Json(text, null, found)]
                : choice.Text is null ? [$"# {text}", .. what.View.Lines(found), ""]
                : what.View.Lines(found);
            Show(lines, context);
        }

        return index;
    }

    private static void Show(IEnumerable<string> lines, CommandContext context)
    {
        foreach (var line in lines)
        {
            context.Messages.Line(line);
        }
    }

    private static void TellOfIndex(string? index, SearchChoice choice, CommandContext context)
    {
        if (index is not null)
        {
            IReadOnlyList<string> words = choice.LikeKey is null && choice.Text is { } text ? [choice.Table.Table, text] : [choice.Table.Table];
            context.Messages.Notice(
                $"The index {index} was used, which may miss a row. To compare every vector: {context.Hint.Of("search", [.. words, SearchChoice.Exact.Name])}");
        }
    }

    private static async IAsyncEnumerable<IReadOnlyList<string>> TextsAsync(
        SearchChoice choice, CommandContext context, [EnumeratorCancellation] CancellationToken stopping)
    {
        if (choice.Text is not null)
        {
            yield return [choice.Text];
            yield break;
        }

        using var reader = new StreamReader(context.Process.OpenInput());
        var position = new InputPosition("the standard input") { Consequence = "What was shown is complete." };
        var texts = new List<string>();
        await foreach (var line in BoundedLines.ReadAsync(reader, position, stopping))
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                texts.Add(line);
            }

            if (texts.Count == TextsAtATime)
            {
                yield return texts;
                texts = [];
            }
        }

        if (texts.Count > 0)
        {
            yield return texts;
        }
    }

    // As it is shown: (7, a).
    private static IReadOnlyList<string> KeyOf(string key, int columns) =>
        columns == 1 ? [key] : [.. (key is ['(', .. var inner, ')'] ? inner : key).Split(',', StringSplitOptions.TrimEntries)];
}
