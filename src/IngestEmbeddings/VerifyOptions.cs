namespace IngestEmbeddings;

/// <summary>How a <see cref="TableVerifier"/> checks a table.</summary>
public sealed record VerifyOptions
{
    /// <summary>The maximum rows, chosen by chance, that are encoded again and compared; all others are checked without a model. Default 200.</summary>
    public int Sample { get; init; } = 200;
}
