using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Reading;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Onnx.Quantizing;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>model quantize</c> is asked for.</summary>
internal sealed record ModelQuantizeOptions
{
    internal static readonly OptionSpec TextsFile = new(
        "--texts FILE", null, OptionSpec.Required,
        "texts like those that will be encoded, to measure on; a few hundred are enough", OptionGroup.Work);

    internal static readonly OptionSpec MinCosine = new(
        "--min-cosine C", null, OptionTable.Text(Defaults.Quantization.MinCosine),
        "the cosine to fp32 that 99 of 100 texts must reach for the int8 graph to be written", OptionGroup.Work);

    internal static readonly OptionSpec Force = new(
        "--force", null, "off", "write the int8 graph whatever its cosines", OptionGroup.Work);

    private const int MaxThreads = 1024;

    /// <summary>The model: a folder or an id.</summary>
    public required string Model { get; init; }

    /// <summary>The full path of the file with the texts.</summary>
    public required string Texts { get; init; }

    public required RowFormat Format { get; init; }

    /// <summary>The field with the text; null: found.</summary>
    public string? TextField { get; init; }

    public required QuantizationOptions Quantization { get; init; }

    /// <summary>Reads the options. Mistakes go to <paramref name="settings"/>.</summary>
    public static ModelQuantizeOptions Read(SettingsReader settings, string workingDirectory)
    {
        var texts = settings.Find(TextsFile);
        var path = string.IsNullOrEmpty(texts?.Value) ? "" : Path.GetFullPath(texts.Value, workingDirectory);
        if (texts is null || path.Length == 0)
        {
            settings.Reject("model quantize needs --texts FILE: some of your own texts, to measure what int8 costs them.");
        }
        else if (!File.Exists(path))
        {
            settings.Reject(texts, $"there is no file {path}.");
        }

        var format = settings.Find(OptionTable.Format) is null
            ? RowFormats.FromExtension(path) ?? RowFormat.Text
            : RowFormats.FromName(settings.Choice(OptionTable.Format, "", [.. RowFormats.Names]));
        return new ModelQuantizeOptions
        {
            Model = ModelInfoCommand.Read(settings, workingDirectory),
            Texts = path,
            Format = format,
            TextField = settings.Text(OptionTable.TextField),
            Quantization = new QuantizationOptions
            {
                MinCosine = ReadMinCosine(settings),
                Force = settings.IsOn(Force),
                Threads = settings.WholeNumber(OptionTable.Threads, MaxThreads) ?? Environment.ProcessorCount,
            },
        };
    }

    private static double ReadMinCosine(SettingsReader settings)
    {
        if (settings.Find(MinCosine) is not { } setting)
        {
            return Defaults.Quantization.MinCosine;
        }

        if (double.TryParse(setting.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var cosine) && cosine <= 1)
        {
            return cosine;
        }

        settings.Reject(setting, "give a cosine from 0 to 1, such as 0.995.");
        return Defaults.Quantization.MinCosine;
    }
}
