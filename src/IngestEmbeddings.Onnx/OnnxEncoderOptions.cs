using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Onnx.Devices;
using IngestEmbeddings.Onnx.Folders;

namespace IngestEmbeddings.Onnx;

/// <summary>Which model to run, and how.</summary>
public sealed record OnnxEncoderOptions
{
    /// <summary>A folder, or a Hugging Face id that <see cref="ModelFinder"/> finds on this machine.</summary>
    public required string Model { get; init; }

    /// <summary>
    /// <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c>, or <c>auto</c>: the first GPU where there is one that can be used, else the processor.
    /// Default <c>auto</c>.
    /// </summary>
    public string Device { get; init; } = DeviceName.Auto;

    /// <summary>The most bytes of a GPU's memory; null for all there is. Default null.</summary>
    public long? DeviceMemory { get; init; }

    /// <summary>
    /// <c>fp32</c>, <c>fp16</c>, <c>int8</c>, or <c>auto</c>: an int8 graph when the folder has one and the processor has
    /// instructions for it, else fp32; on a GPU fp16 where that is near enough, else fp32. fp16 is made of the fp32 graph where the folder has
    /// none. Default <c>auto</c>.
    /// </summary>
    public string Precision { get; init; } = "auto";

    /// <summary>What to put before each text, exactly; empty for nothing, null for the model's own. Default null.</summary>
    public string? Prefix { get; init; }

    /// <summary>Threads inside one call of the model. Default 1; a caller divides the cores by its workers.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Components to keep, scaled to length 1 again; null for all. Default null.</summary>
    public int? Dimensions { get; init; }

    /// <summary>What becomes of a text that is longer than the model's maximum. Default: its end is cut off.</summary>
    public LongTextMode LongTexts { get; init; }

    /// <summary>The most tokens of one call, padding counted; null: measured at start. Default null.</summary>
    public int? TokenBudget { get; init; }

    /// <summary>Observes what the model has to tell. Default none.</summary>
    public IIngestObserver? Observer { get; init; }
}
