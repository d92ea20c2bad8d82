using IngestEmbeddings.Cli.Output;

namespace IngestEmbeddings.Cli.Planning;

/// <summary>What reading and writing a row takes a worker: as the last runs of the table measured it.</summary>
internal static class StoreCost
{
    // Measured over a local server and a local file, vectors of 384 components.
    private const double UnknownSeconds = 0.00015;

    // Fewer rows say more of the connection than of the rows.
    private const int MinRows = 1000;

    /// <summary>Seconds a row.</summary>
    /// <param name="receipts">The receipts of the table, the last one first.</param>
    public static double Of(IEnumerable<KeptReceipt> receipts) =>
        receipts.FirstOrDefault(static receipt => receipt.Written >= MinRows && receipt.Fingerprint is not null) is { } last
            ? last.StoreSeconds / last.Written
            : UnknownSeconds;
}
