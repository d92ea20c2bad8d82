namespace IngestEmbeddings.Batching;

/// <summary>How much goes into one model call. Padding counts: the cost of a batch is its longest text times its rows.</summary>
/// <param name="Tokens">The maximum tokens, padding included; a single longer text still makes a call.</param>
/// <param name="Rows">The maximum texts.</param>
/// <param name="CallCost">What a call costs besides, in tokens: how much padding is worth sparing one.</param>
public readonly record struct BatchBudget(int Tokens, int Rows, int CallCost = BatchBudget.DefaultCallCost)
{
    /// <summary>
    /// What a call costs a processor in addition to its tokens: its set-up, and products too small to fill it. Measured for a 12-layer BERT
    /// of 384 in int8 on one Zen 4 core as the difference between 16 and 32 texts of 16 tokens.
    /// </summary>
    public const int DefaultCallCost = 20;

    /// <summary>
    /// What it costs a GPU where nothing was measured: a hundred kernels are started one by one, a millisecond in all, in which an H100
    /// does some thousand tokens of a 6-layer BERT of 384.
    /// </summary>
    public const int DeviceCallCost = 2000;

    /// <summary>The maximum texts of a call where nothing else limits them; larger batches of short texts gain nothing more.</summary>
    public const int DefaultRows = 256;

    /// <summary>The same on a GPU, which a few hundred short texts do not fill.</summary>
    public const int DeviceRows = 4096;

    /// <summary>How many texts fit when the longest has <paramref name="sequenceLength"/> tokens; at least 1.</summary>
    public int RowsOf(int sequenceLength) => Math.Clamp(Tokens / Math.Max(1, sequenceLength), 1, Math.Max(1, Rows));
}
