namespace IngestEmbeddings.Batching;

/// <summary>How much goes into one model call. Padding counts: the cost of a batch is its longest text times its rows.</summary>
/// <param name="Tokens">The maximum tokens, padding included; a single longer text still makes a call.</param>
/// <param name="Rows">The maximum texts.</param>
public readonly record struct BatchBudget(int Tokens, int Rows)
{
    /// <summary>The maximum texts of a call where nothing else limits them; larger batches of short texts gain nothing more.</summary>
    public const int DefaultRows = 256;

    /// <summary>How many texts fit when the longest has <paramref name="sequenceLength"/> tokens; at least 1.</summary>
    public int RowsOf(int sequenceLength) => Math.Clamp(Tokens / Math.Max(1, sequenceLength), 1, Math.Max(1, Rows));
}
