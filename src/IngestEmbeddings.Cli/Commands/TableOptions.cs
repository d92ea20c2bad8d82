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
        Table = settings.Text(OptionTable.Table) ?? Defaults.Table,
        Schema = settings.Text(OptionTable.Schema),
        IdColumn = settings.Text(OptionTable.IdColumn),
        TextColumn = settings.Text(OptionTable.TextColumn),
        EmbeddingColumn = settings.Text(OptionTable.EmbeddingColumn),
    };
}
