using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Reading;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>The sentences and the word list that come with the program.</summary>
/// <param name="programFolder">Where the program's own files lie.</param>
internal sealed class SampleCorpus(string programFolder)
{
    /// <summary>The table that holds the sample.</summary>
    public const string Table = Defaults.Table;

    /// <summary>The language of the word list.</summary>
    public const TextLanguage Language = TextLanguage.Hawaiian;

    /// <summary>How messages call the word list.</summary>
    public const string LexiconName = "samples/lexicon-haw.txt";

    private readonly string _sentences = Path.Combine(programFolder, "samples", "sentences.tsv");

    /// <summary>The word list.</summary>
    public string Lexicon { get; } = Path.Combine(programFolder, "samples", "lexicon-haw.txt");

    /// <summary>Creates the table in an empty store and fills it.</summary>
    /// <returns>The number of rows.</returns>
    public async Task<long> LoadAsync(IStore store, CancellationToken cancellationToken)
    {
        if (!File.Exists(_sentences) || !File.Exists(Lexicon))
        {
            throw new IngestException(
                IngestError.Configuration,
                $"The sample that comes with the program is not in {Path.GetDirectoryName(_sentences)}. "
                + "Install the program again, or load your own rows.")
            {
                Suggestion = new Suggestion("To load them", "load", "documents", "FILE"),
            };
        }

        var table = new TableRequest { Table = Table };
        await store.InitAsync(new InitRequest { Table = table }, cancellationToken);
        await using var input = File.OpenRead(_sentences);
        var rows = new RowReader(_sentences, RowFormat.Tsv, new FieldNames()).ReadAsync(input, cancellationToken);
        return await store.LoadAsync(new LoadRequest { Table = table }, rows, cancellationToken);
    }
}
