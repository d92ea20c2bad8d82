using System.Text.Json;

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
    public static double Of(IEnumerable<string> receipts)
    {
        foreach (var receipt in receipts)
        {
            using var document = JsonDocument.Parse(receipt);
            var root = document.RootElement;
            var stages = root.GetProperty("stages");
            if (root.GetProperty("rows").GetProperty("written").GetInt64() is >= MinRows and var rows && root.GetProperty("model").ValueKind != JsonValueKind.Null)
            {
                return (stages.GetProperty("read").GetDouble() + stages.GetProperty("write").GetDouble()) / rows;
            }
        }

        return UnknownSeconds;
    }
}
