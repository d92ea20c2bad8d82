namespace IngestEmbeddings.Onnx.Quantizing;

/// <summary>How to quantize a model.</summary>
public sealed record QuantizationOptions
{
    /// <summary>The cosine to fp32 that 99 of 100 texts must reach for the graph to be written. Default 0.995.</summary>
    public double MinCosine { get; init; } = 0.995;

    /// <summary>True to write the graph whatever its cosines. Default false.</summary>
    public bool Force { get; init; }

    /// <summary>Threads to round with, and inside one call while measuring. Default 1.</summary>
    public int Threads { get; init; } = 1;
}

/// <summary>What quantizing a model gave, measured on the user's texts.</summary>
public sealed record QuantizationReport
{
    /// <summary>The fp32 graph.</summary>
    public required string Source { get; init; }

    /// <summary>The int8 graph, whether it was written or not.</summary>
    public required string Target { get; init; }

    /// <summary>True when the graph was written.</summary>
    public bool Written { get; init; }

    /// <summary>How many matrix products are in 8 bits now.</summary>
    public required int Products { get; init; }

    /// <summary>True when the large look-up tables are in 8 bits too.</summary>
    public required bool EmbeddingsQuantized { get; init; }

    /// <summary>
    /// The tokens of your texts on which the rounding of the weights was chosen; 0 when rounding each weight to its nearest
    /// level was better.
    /// </summary>
    public int CalibrationTokens { get; init; }

    /// <summary>The bytes of the fp32 graph.</summary>
    public required long SourceSize { get; init; }

    /// <summary>The bytes of the int8 graph.</summary>
    public required long TargetSize { get; init; }

    /// <summary>The cosines to fp32 and what they mean for a search.</summary>
    public required VectorAgreement Agreement { get; init; }

    /// <summary>How many times as many texts a second as with fp32.</summary>
    public required double SpeedRatio { get; init; }
}
