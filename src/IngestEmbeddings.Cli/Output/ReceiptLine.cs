using System.Globalization;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Shows a receipt that a store has kept as one line.</summary>
internal static class ReceiptLine
{
    /// <summary>When the run ended, how, and what it did.</summary>
    public static string Of(KeptReceipt receipt)
    {
        var made = receipt.Fingerprint is { } fingerprint ? $"{receipt.Model} ({fingerprint[..Math.Min(12, fingerprint.Length)]})" : "metrics alone";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{receipt.Ended}  {receipt.Outcome}: {Counted.Rows(receipt.Written)} written, {receipt.Failed} failed in {receipt.Seconds:0.0} s, {receipt.RowsPerSecond:0.#} rows/s, {made}, on {receipt.Machine}");
    }
}
