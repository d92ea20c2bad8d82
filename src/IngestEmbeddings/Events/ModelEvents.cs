namespace IngestEmbeddings.Events;

/// <summary>A model is loaded.</summary>
/// <param name="Model">The model as the user named it.</param>
/// <param name="Precision">What one number of the model is, such as <c>int8</c>.</param>
/// <param name="Device">Where it runs.</param>
/// <param name="Threads">Threads inside one call.</param>
/// <param name="Dimension">Components of a vector.</param>
/// <param name="MaxTokens">The maximum tokens of a text; null for no limit.</param>
/// <param name="Prefix">What is put before each document.</param>
public sealed record ModelLoaded(
    string Model, string Precision, string Device, int Threads, int Dimension, int? MaxTokens, string Prefix) : IngestEvent
{
    /// <summary>What the device is, or why it was taken; empty where there is nothing to say. Default empty.</summary>
    public string DeviceDetail { get; init; } = "";
}

/// <summary>A prefix was given to a model that takes none.</summary>
/// <param name="Model">The model.</param>
public sealed record PrefixIgnored(string Model) : IngestEvent;

/// <summary>The model failed on a large batch and works with smaller ones. Told once.</summary>
/// <param name="Texts">The texts of the call that failed.</param>
/// <param name="SequenceLength">The tokens of its longest text.</param>
/// <param name="Reason">What the runtime said.</param>
public sealed record BatchSizeReduced(int Texts, int SequenceLength, string Reason) : IngestEvent;
