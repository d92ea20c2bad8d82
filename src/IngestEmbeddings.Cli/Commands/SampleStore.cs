using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Makes an embedded store from the sample, and recognises it later.</summary>
/// <param name="corpus">The sample.</param>
/// <param name="context">Opens stores and says what is made.</param>
internal sealed class SampleStore(SampleCorpus corpus, CommandContext context)
{
    /// <summary>The setting of the store that says where its rows came from.</summary>
    private const string OriginSetting = "origin";

    private const string SampleOrigin = "sample";

    /// <summary>The sample.</summary>
    public SampleCorpus Corpus => corpus;

    /// <summary>Creates a store that does not exist, with the sample.</summary>
    /// <remarks>
    /// It is made under a name of its own and then renamed: a program that is killed meanwhile leaves no half-filled store,
    /// and of two that start at once the second uses what the first has made.
    /// </remarks>
    /// <exception cref="TableNotFoundException">Another table than the sample's is asked for.</exception>
    public async Task CreateAsync(SqliteLocation location, string table, CancellationToken cancellationToken)
    {
        ThrowIfOtherTable(location, table);
        if (!Directory.Exists(Path.GetDirectoryName(location.File)))
        {
            throw new IngestException(
                IngestError.Configuration, $"The folder of {location.Shown} does not exist: create it, or give --store another file.");
        }

        var draft = location with { File = $"{location.File}.{Path.GetRandomFileName()}" };
        try
        {
            var rows = await FillAsync(draft, cancellationToken);
            File.Move(draft.File, location.File, overwrite: false);
            context.Messages.Notice(
                $"Created {location.Shown} with the sample corpus: {Counted.Rows(rows)}. To load your own: {context.Hint.Of("load", "documents", "FILE")}");
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
    /// <exception cref="TableNotFoundException">Another table than the sample's is asked for.</exception>
    public int Describe(SqliteLocation location, string table)
    {
        ThrowIfOtherTable(location, table);
        context.Messages.Line("Dry run: nothing is written.");
        context.Messages.Line($"  {location.Shown} does not exist: a run would create it with the sample corpus, its lexicon and --language {Defaults.SampleLanguage}.");
        return ExitCode.Done;
    }

    /// <summary>True when the table is the one that the sample was put into.</summary>
    public static async Task<bool> IsMadeFromSampleAsync(IStore store, string table, CancellationToken cancellationToken) =>
        table == SampleCorpus.Table
        && store.Settings is { } settings
        && await settings.ReadSettingAsync(OriginSetting, cancellationToken) == SampleOrigin;

    private static void ThrowIfOtherTable(SqliteLocation location, string table)
    {
        if (table != SampleCorpus.Table)
        {
            throw new TableNotFoundException(
                $"{location.Shown} does not exist, and the sample that it would be made from has no table {table}. Name another store with --store, or load your rows.")
            {
                Suggestion = new Suggestion("To load them", "load", table, "FILE"),
            };
        }
    }

    private async Task<long> FillAsync(SqliteLocation draft, CancellationToken cancellationToken)
    {
        await using var store = await context.OpenStoreAsync(draft, cancellationToken);
        var rows = await corpus.LoadAsync(store, cancellationToken);
        if (store.Settings is { } settings)
        {
            await settings.WriteSettingAsync(OriginSetting, SampleOrigin, cancellationToken);
        }

        return rows;
    }
}
