using System.Runtime.CompilerServices;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Reading;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>load</c>: adds the rows of a file to a table, all or none.</summary>
internal sealed class LoadCommand : Command<LoadOptions>
{
    /// <summary>Rows after which a line of progress is shown.</summary>
    internal const int ProgressRows = 100_000;

    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "load",
        CreatesStore = true,
        Summary = "Adds the rows of a file to a table: all of them, or none.",
        Details = "None is added when a line is wrong. Formats: tsv has no quotes; csv has them as in RFC 4180; jsonl is one object a line; text is one row a line.",
        Examples =
        [
            new("ingest-embeddings load sentences corpus.tsv", "id and text, or a header that names them"),
            new("ingest-embeddings load docs chunks.jsonl --text-field chunk --id-field ''"),
            new("zcat corpus.txt.gz | ingest-embeddings load sentences - --format text"),
        ],
        Arguments = [OptionTable.Table, LoadOptions.FileArgument],
        Options = [OptionTable.Format, OptionTable.TextField, LoadOptions.IdField, .. OptionTable.TableChoice],
    };

    /// <inheritdoc/>
    protected override LoadOptions Read(CommandContext context) =>
        LoadOptions.Read(context.Settings, context.Folder, context.Messages.Warn);

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(LoadOptions options, CommandContext context, CancellationToken stopping)
    {
        var messages = context.Messages;
        var isNew = StoreFactory.MissingFile(options.Store) is not null;
        await using var input = Open(options, context.Process);
        await using var store = await context.OpenStoreAsync(options.Store, stopping);
        if (isNew)
        {
            // A new file holds nothing that could be hurt. Elsewhere the schema is the user's, and init asks first.
            var report = await store.InitAsync(new InitRequest { Table = options.Table }, stopping);
            messages.Notice($"{store.Location} is new: created {string.Join(", ", report.Created)}.");
        }

        var reader = new RowReader(options.Source, options.Format, options.Fields);
        var rows = CountAsync(reader.ReadAsync(input, stopping), messages, stopping);
        // A row is told by its line: there may be a header, empty lines, and texts of several lines.
        var loaded = await store.LoadAsync(new LoadRequest { Table = options.Table, RowName = reader.NameOf }, rows, stopping);
        messages.Line($"Loaded {Counted.Rows(loaded)} into {options.Table.Table}.");
        return ExitCode.Done;
    }

    private static Stream Open(LoadOptions options, ProcessContext process)
    {
        if (options.File is null)
        {
            return process.OpenInput();
        }

        return InputFile.Open(options.File, options.Source);
    }

    private static async IAsyncEnumerable<LoadRow> CountAsync(
        IAsyncEnumerable<LoadRow> rows, Messages messages, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var count = 0L;
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            yield return row;
            if (++count % ProgressRows == 0)
            {
                messages.Notice($"{Counted.Rows(count)} read");
            }
        }
    }
}
