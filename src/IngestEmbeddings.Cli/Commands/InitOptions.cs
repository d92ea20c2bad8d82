using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>init</c> is asked for.</summary>
internal sealed record InitOptions(StoreLocation Store, InitRequest Request)
{
    // PostgreSQL's vector type ends there; a column that is searched through an index ends at 2,000.
    internal const int MaxDimensions = 16_000;

    /// <summary>Reads the options. Mistakes go to <paramref name="settings"/>.</summary>
    public static InitOptions Read(SettingsReader settings, string workingDirectory, Action<string> warn) => new(
        StoreChoice.Read(settings, workingDirectory, warn),
        new InitRequest
        {
            Table = TableOptions.Read(settings),
            Dimension = settings.WholeNumber(OptionTable.Dimensions, MaxDimensions) ?? Defaults.Dimensions,
            Place = settings.Choice(OptionTable.Into, Defaults.Into, "column", "table") == "table" ? VectorPlace.Table : VectorPlace.Column,
            Form = settings.Choice(OptionTable.VectorType, Defaults.VectorType, "vector", "halfvec", "bit") switch
            {
                "halfvec" => VectorForm.Half,
                "bit" => VectorForm.Sign,
                _ => VectorForm.Single,
            },
        });
}
