namespace IngestEmbeddings.Encoding;

/// <summary>Marks the fingerprint of an encoder that reads long texts in another way than by cutting them.</summary>
/// <remarks>
/// The mark stands before the hash, where the short form of a fingerprint shows it. So every place that records a fingerprint records
/// this too, and the fingerprints of encoders that cut stay as they were.
/// </remarks>
public static class LongTextsMark
{
    private const string Mean = "mean:";

    /// <summary>The fingerprint of an encoder.</summary>
    /// <param name="hash">A hash of everything else that its vectors depend on.</param>
    /// <param name="longTexts">What becomes of long texts.</param>
    public static string Add(string hash, LongTextMode longTexts) => longTexts == LongTextMode.Mean ? Mean + hash : hash;

    /// <summary>What becomes of long texts, as a fingerprint tells it.</summary>
    public static LongTextMode Read(string fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        return fingerprint.StartsWith(Mean, StringComparison.Ordinal) ? LongTextMode.Mean : LongTextMode.Cut;
    }
}
