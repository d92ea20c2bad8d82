namespace IngestEmbeddings.Encoding;

/// <summary>What becomes of a text that is longer than the model's maximum.</summary>
public enum LongTextMode
{
    /// <summary>Its end is cut off.</summary>
    Cut,

    /// <summary>
    /// It is read in consecutive windows of the model's maximum. Its vector is the mean of theirs, weighted by their tokens, of length 1
    /// where the model normalises.
    /// </summary>
    Mean,
}
