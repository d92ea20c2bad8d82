using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Postgres;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>init</c> is asked for.</summary>
internal sealed record InitOptions(StoreLocation Store, InitRequest Request)
{
    /// <summary>Reads the options. Mistakes go to <paramref name="settings"/>.</summary>
    public static InitOptions Read(SettingsReader settings, string workingDirectory, Action<string> warn)
    {
        var type = settings.Choice(OptionTable.VectorType, Defaults.VectorType, "vector", "halfvec", "bit");
        var form = type switch
        {
            "halfvec" => VectorForm.Half,
            "bit" => VectorForm.Sign,
            _ => VectorForm.Single,
        };
        return new InitOptions(
            StoreChoice.Read(settings, workingDirectory, warn),
            new InitRequest
            {
                Table = TableOptions.Read(settings),
                Dimension = settings.WholeNumber(
                    OptionTable.Dimensions,
                    PostgresStore.Capabilities.MaxDimensions[form],
                    $"pgvector's limit of a {type}")
                    ?? Defaults.Dimensions,
                Place = settings.Choice(OptionTable.Into, Defaults.Into, "column", "table") == "table" ? VectorPlace.Table : VectorPlace.Column,
                Form = form,
            });
    }
}
