using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Devices;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Which model makes the vectors, and how.</summary>
/// <param name="Name">A folder, a shipped model, a Hugging Face id, an endpoint, or <c>builtin:hashing</c>.</param>
/// <param name="Prefix">What is put before each text, complete; null: the model's own.</param>
/// <param name="Device">Where it runs, as <see cref="DeviceName"/> reads it.</param>
/// <param name="Precision">What one number of the model is: <c>auto</c>, <c>fp32</c>, <c>fp16</c> or <c>int8</c>.</param>
/// <param name="Dimensions">The components to keep; null for all.</param>
/// <param name="Threads">Threads inside one call; null: cores divided by workers.</param>
/// <param name="TokenBudget">The maximum tokens of one call, padding counted; null: measured at start.</param>
internal sealed record ModelOptions(
    string Name, string? Prefix, string Device, string Precision, int? Dimensions, int? Threads, int? TokenBudget)
{
    // Beyond that a call takes gigabytes and gains nothing.
    private const int MaxTokenBudget = 1_000_000;

    /// <summary>The key of an endpoint; null for none. Internal, so that the record's own text does not show it.</summary>
    internal string? Key { get; init; }

    /// <summary>What becomes of texts that are longer than the model's maximum; null: as in the table's vectors, else they are cut.</summary>
    public LongTextMode? LongTexts { get; init; }

    /// <summary>True when the user named the model; false: it is the default of the store.</summary>
    public bool IsNamed { get; init; }

    /// <summary>Reads the options. Mistakes go to <paramref name="settings"/>.</summary>
    public static ModelOptions Read(SettingsReader settings, StoreLocation store, string workingDirectory, int maxThreads)
    {
        var name = store.DefaultModel;
        if (settings.Find(OptionTable.Model) is { } model)
        {
            name = model.Value;
            if (ModelName.Fault(name) is { } fault)
            {
                settings.Reject(model, fault);
            }

            // An id such as 'owner/name' looks like a path; an existing folder is meant.
            var folder = name.Length == 0 ? workingDirectory : Path.GetFullPath(name, workingDirectory);
            name = name.Length > 0 && Directory.Exists(folder) ? folder : name;
        }

        var prefix = settings.FindEvenEmpty(OptionTable.Prefix);
        return new ModelOptions(
            name,
            prefix is null ? null : Settings.Prefix.Complete(prefix.Value),
            ReadDevice(settings),
            settings.Choice(OptionTable.Precision, Defaults.Precision, "auto", "fp32", "fp16", "int8"),
            settings.WholeNumber(OptionTable.Dimensions, StoreFactory.CapabilitiesOf(store).MaxDimensions.Values.Max()),
            settings.WholeNumber(OptionTable.Threads, maxThreads),
            settings.WholeNumber(OptionTable.TokenBudget, MaxTokenBudget))
        {
            IsNamed = settings.Find(OptionTable.Model) is not null,
            LongTexts = settings.Find(OptionTable.LongTexts) is null ? null
                : settings.Choice(OptionTable.LongTexts, "cut", "cut", "mean") == "mean" ? LongTextMode.Mean : LongTextMode.Cut,
            Key = settings.Environment.Find(SecretVariables.EndpointKey)?.Value,
        };
    }

    private static string ReadDevice(SettingsReader settings)
    {
        if (settings.Find(OptionTable.Device) is not { } device)
        {
            return Defaults.Device;
        }

        if (!DeviceName.TryParse(device.Value, out _))
        {
            settings.Reject(device, $"give {DeviceName.Forms}.");
        }

        return device.Value;
    }
}
