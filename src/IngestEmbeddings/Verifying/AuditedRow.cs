using IngestEmbeddings.Metrics;

namespace IngestEmbeddings.Verifying;

/// <summary>A row with all that a run has written for it.</summary>
/// <param name="Key">Its key as text, a value for each key column.</param>
/// <param name="Text">Its text, as far as it is encoded; null for none.</param>
/// <param name="Vector">Its vector; of bits, 1 and -1; null for none.</param>
/// <param name="Metrics">Its metrics; null for none.</param>
public sealed record AuditedRow(IReadOnlyList<string> Key, string? Text, float[]? Vector, TextMetrics? Metrics)
{
    /// <summary>Whether the hash that is kept with the vector is that of the text; null where none is kept.</summary>
    public bool? IsCurrent { get; init; }

    /// <summary>The key as messages show it.</summary>
    public string ShownKey => Key.Count == 1 ? Key[0] : $"({string.Join(", ", Key)})";
}
