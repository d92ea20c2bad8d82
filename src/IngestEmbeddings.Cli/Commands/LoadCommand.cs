using System.Runtime.CompilerServices;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Reading;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>load</c>: adds the rows of a file to a table, all or none.</summary>
/// <param name="openStore">Opens the store.</param>
/// <param name="openInput">Opens the standard input.</param>
/// <param name="messages">Shows the progress.</param>
internal sealed class LoadCommand(StoreOpener openStore, Func<Stream> openInput, Messages messages)
{
    /// <summary>Rows after which a line of progress is shown.</summary>
    internal const int ProgressRows = 100_000;

    /// <summary>Runs the command.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> InvokeAsync(LoadOptions options, CancellationToken cancellationToken)
    {
        var isNew = options.Store is SqliteLocation { File: var file } && !File.Exists(file);
        await using var input = Open(options);
        await using var store = await openStore(options.Store, new EventMessages(messages), cancellationToken);
        if (isNew)
        {
            // A new file holds nothing that could be hurt. Elsewhere the schema is the user's, and init asks first.
            var report = await store.InitAsync(new InitRequest { Table = options.Table }, cancellationToken);
            messages.Notice($"{store.Location} is new: created {string.Join(", ", report.Created)}.");
        }

        var reader = new RowReader(options.Source, options.Format, options.Fields);
        // A row is told by its line: there may be a header, empty lines, and texts of several lines.
        var rows = CountAsync(reader.ReadAsync(input, cancellationToken), cancellationToken);
        var loaded = await store.LoadAsync(new LoadRequest { Table = options.Table, RowName = reader.NameOf }, rows, cancellationToken);
        messages.Line($"Loaded {Counted.Rows(loaded)} into {options.Table.Table}.");
        return ExitCode.Done;
    }

    private Stream Open(LoadOptions options)
    {
        if (options.File is null)
        {
            return openInput();
        }

        return InputFile.Open(options.File, options.Source);
    }

    private async IAsyncEnumerable<LoadRow> CountAsync(
        IAsyncEnumerable<LoadRow> rows, [EnumeratorCancellation] CancellationToken cancellationToken)
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
