using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Sqlite;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Makes the embedded store out of the sample when it is not there, and knows it again later.</summary>
/// <param name="corpus">The sample.</param>
/// <param name="openStore">Opens the store.</param>
/// <param name="messages">Says what is made.</param>
internal sealed class SampleStore(SampleCorpus corpus, StoreOpener openStore, Messages messages)
{
    /// <summary>The setting of the store that says where its rows came from.</summary>
    private const string OriginSetting = "origin";

    private const string SampleOrigin = "sample";

    /// <summary>The sample.</summary>
    public SampleCorpus Corpus => corpus;

    /// <summary>True when the store is an embedded one whose file is not there.</summary>
    public bool IsMissing(StoreLocation location) => location is SqliteLocation { File: var file } && !File.Exists(file);

    /// <summary>Creates the store with the sample when it is an embedded one that is not there.</summary>
    /// <remarks>
    /// It is made under a name of its own and then renamed: a program that is killed meanwhile leaves no half-filled store,
    /// and of two that begin at once the second uses what the first has made.
    /// </remarks>
    /// <exception cref="IngestException">Another table than the sample's is asked for.</exception>
    public async Task CreateIfMissingAsync(RunOptions options, CancellationToken cancellationToken)
    {
        if (!IsMissing(options.Store) || options.Store is not SqliteLocation location)
        {
            return;
        }

        ThrowIfOtherTable(options, location);
        if (!Directory.Exists(Path.GetDirectoryName(location.File)))
        {
            throw new IngestException(
                IngestError.Configuration, $"The folder of {location.Shown} does not exist: create it, or give --store another file.");
        }

        var draft = location with { File = $"{location.File}.{Path.GetRandomFileName()}" };
        try
        {
            var rows = await CreateAsync(draft, cancellationToken);
            File.Move(draft.File, location.File, overwrite: false);
            messages.Notice(
                $"Created {location.Shown} with the sample corpus: {Counted.Rows(rows)}. Load your own with 'ingest-embeddings load'.");
        }
        catch (IOException) when (File.Exists(location.File))
        {
            // Another process was faster: its sample is as good.
        }
        finally
        {
            File.Delete(draft.File);
            File.Delete(draft.File + ".lock");
        }
    }

    /// <summary>Says what would be created. Creates nothing.</summary>
    /// <returns>The exit code.</returns>
    public int DescribeMissing(RunOptions options)
    {
        var location = (SqliteLocation)options.Store;
        ThrowIfOtherTable(options, location);
        messages.Line("Dry run: nothing is written.");
        messages.Line($"  {location.Shown} is not there: a run would create it with the sample corpus, its lexicon and --language {Defaults.SampleLanguage}.");
        return ExitCode.Done;
    }

    /// <summary>True when the table is the one that the sample was put into.</summary>
    public async Task<bool> IsMadeFromSampleAsync(IStore store, string table, CancellationToken cancellationToken) =>
        table == SampleCorpus.Table
        && store.Settings is { } settings
        && await settings.ReadSettingAsync(OriginSetting, cancellationToken) == SampleOrigin;

    private static void ThrowIfOtherTable(RunOptions options, SqliteLocation location)
    {
        var table = options.Table.Table;
        if (table != SampleCorpus.Table)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"{location.Shown} is not there, and the sample that it would be made from has no table {table}. "
                + $"Load your rows with 'ingest-embeddings load {table} FILE', or name another store with --store.");
        }
    }

    private async Task<long> CreateAsync(SqliteLocation draft, CancellationToken cancellationToken)
    {
        await using var store = await openStore(draft, new EventMessages(messages), cancellationToken);
        var rows = await corpus.LoadAsync(store, cancellationToken);
        if (store.Settings is { } settings)
        {
            await settings.WriteSettingAsync(OriginSetting, SampleOrigin, cancellationToken);
        }

        return rows;
    }
}
