using IngestEmbeddings.Events;
using IngestEmbeddings.Onnx.Folders;

namespace IngestEmbeddings.Onnx;

/// <summary>Which model to run, and how.</summary>
public sealed record OnnxEncoderOptions
{
    /// <summary>A folder, or a Hugging Face id that <see cref="ModelFinder"/> finds on this machine.</summary>
    public required string Model { get; init; }

    /// <summary><c>auto</c> or <c>cpu</c>. Default <c>auto</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>
    /// <c>fp32</c>, <c>fp16</c>, <c>int8</c>, or <c>auto</c>: an int8 graph when the folder has one and the processor has
    /// instructions for it, else fp32. Default <c>auto</c>.
    /// </summary>
    public string Precision { get; init; } = "auto";

    /// <summary>What to put before each text, exactly; empty for nothing, null for the model's own. Default null.</summary>
    public string? Prefix { get; init; }

    /// <summary>Threads inside one call of the model. Default 1; a caller divides the cores by its workers.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Components to keep, scaled to length 1 again; null for all. Default null.</summary>
    public int? Dimensions { get; init; }

    /// <summary>The most tokens of one call, padding counted; null: measured at start. Default null.</summary>
    public int? TokenBudget { get; init; }

    /// <summary>Observes what the model has to tell. Default none.</summary>
    public IIngestObserver? Observer { get; init; }
}
