using System.Globalization;

namespace IngestEmbeddings.Onnx.Devices;

/// <summary>Where a model is to run, as the user names it: <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
/// <param name="IsAuto">True to take a GPU where there is one that can be used.</param>
/// <param name="Cuda">The number of the GPU, from 0; null for the processor or <c>auto</c>.</param>
public readonly record struct DeviceName(bool IsAuto, int? Cuda)
{
    /// <summary>The name that leaves the choice to the program.</summary>
    public const string Auto = "auto";

    /// <summary>The processor.</summary>
    public const string Cpu = "cpu";

    /// <summary>The first GPU.</summary>
    public const string FirstCuda = "cuda";

    /// <summary>What the names look like, for messages.</summary>
    public const string Forms = "auto, cpu, cuda or cuda:N";

    /// <summary>Reads a name.</summary>
    /// <returns>False when it is none.</returns>
    public static bool TryParse(string? text, out DeviceName name)
    {
        name = text switch
        {
            Auto => new DeviceName(IsAuto: true, null),
            FirstCuda => new DeviceName(IsAuto: false, 0),
            _ => new DeviceName(IsAuto: false, null),
        };
        if (text is Auto or Cpu or FirstCuda)
        {
            return true;
        }

        const string Numbered = FirstCuda + ":";
        if (text is null
            || !text.StartsWith(Numbered, StringComparison.Ordinal)
            || !byte.TryParse(text.AsSpan(Numbered.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        name = new DeviceName(IsAuto: false, number);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        IsAuto ? Auto : Cuda is { } number ? string.Create(CultureInfo.InvariantCulture, $"{FirstCuda}:{number}") : Cpu;
}
