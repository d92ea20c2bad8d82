namespace IngestEmbeddings.Stores;

/// <summary>Named settings that a store keeps next to its tables, such as where its rows came from.</summary>
public interface IStoreSettings
{
    /// <summary>Reads a setting; null when it was never written.</summary>
    Task<string?> ReadSettingAsync(string name, CancellationToken cancellationToken);

    /// <summary>Writes a setting over what it was.</summary>
    Task WriteSettingAsync(string name, string value, CancellationToken cancellationToken);
}
