using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Reads which table and which columns; every command has these.</summary>
internal static class TableOptions
{
    /// <summary>Reads the options. Mistakes go to <paramref name="settings"/>.</summary>
    public static TableRequest Read(SettingsReader settings) => new()
    {
        Table = ReadTable(settings) ?? Defaults.Table,
        Schema = QuotedName.Read(settings.Text(OptionTable.Schema)),
        IdColumn = QuotedName.Read(settings.Text(OptionTable.IdColumn)),
        TextColumn = QuotedName.Read(settings.Text(OptionTable.TextColumn)),
        EmbeddingColumn = QuotedName.Read(settings.Text(OptionTable.EmbeddingColumn)),
        WithoutMetrics = HasNoMetrics(settings),
    };

    /// <summary>True where embeddings alone are wanted.</summary>
    public static bool HasNoMetrics(SettingsReader settings) => settings.Choice(OptionTable.Metrics, Defaults.Metrics, "all", "none") == "none";

    // A slip that would show the password of the URL wherever the table is named.
    private static string? ReadTable(SettingsReader settings)
    {
        if (settings.Find(OptionTable.Table) is { } setting && StoreChoice.IsStore(setting.Value))
        {
            settings.Reject(setting, $"that is a store: write {OptionTable.Store.Name} before it.");
        }

        return QuotedName.Read(settings.Text(OptionTable.Table));
    }
}
