using System.Globalization;
using System.Text.Json.Nodes;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Cli.Output;

/// <summary>What texts that are longer than the model takes have lost.</summary>
/// <param name="Rows">The rows with such a text.</param>
/// <param name="LostTokens">Their tokens that are in no vector.</param>
/// <param name="KeptTokens">The tokens of all rows that are in their vectors.</param>
/// <param name="Most">The rows that lost the most, the worst first.</param>
internal sealed record TokenLoss(long Rows, long LostTokens, long KeptTokens, IReadOnlyList<TruncatedRow> Most)
{
    // Less is the end of a few texts; more is what a search will miss.
    private const double MaxUnadvised = 0.01;

    /// <summary>The share of the tokens that are lost, 0 to 1.</summary>
    public double Share => LostTokens == 0 ? 0 : (double)LostTokens / (LostTokens + KeptTokens);

    /// <summary>Of a run that is over.</summary>
    public static TokenLoss Of(RunFigures run) => new(run.Truncated, run.LostTokens, run.Tokens, run.MostTruncated);

    /// <summary>Of a table: the sum over its runs with the models of its vectors, since all of them were last made again.</summary>
    /// <param name="receipts">The receipts of its runs, the last one first.</param>
    /// <param name="fingerprints">The fingerprints of the models that made its vectors.</param>
    public static TokenLoss Of(IEnumerable<KeptReceipt> receipts, IReadOnlyCollection<string> fingerprints)
    {
        var sum = new TokenLoss(0, 0, 0, []);
        foreach (var receipt in receipts.Where(receipt => receipt.Fingerprint is { } fingerprint && fingerprints.Contains(fingerprint)))
        {
            sum = sum.Plus(receipt.Loss);
            if (receipt is { Reembedded: true, Outcome: "complete" })
            {
                break;
            }
        }

        return sum;
    }

    /// <summary>The worst rows: <c>Most lost: 17 (3201 tokens), 4 (1200 tokens).</c></summary>
    public string Named => $"Most lost: {string.Join(", ", Most.Select(static row => Invariant($"{row.Key} ({row.LostTokens} token{(row.LostTokens == 1 ? "" : "s")})")))}.";

    /// <summary>Says what is lost, after the words "12 rows were longer than the model takes".</summary>
    public string Told => Invariant($"{LostTokens} tokens, {Percent} of all, are not in their vectors. {Named}");

    /// <summary>How to keep what is lost; null where that is little.</summary>
    public string? Advice(CommandHint hint, string table) => Share > MaxUnadvised
        ? $"To keep all of long texts, split them into chunks: {hint.Of("split", table)}"
        : null;

    /// <summary>The rows, as JSON.</summary>
    public JsonArray MostJson() => [.. Most.Select(static row => (JsonNode)new JsonObject { ["key"] = row.Key, ["lost_tokens"] = row.LostTokens })];

    private string Percent => Share < 0.0001 ? "less than 0.01 %" : Invariant($"{100 * Share:0.##} %");

    private TokenLoss Plus(TokenLoss other) => new(
        Rows + other.Rows, LostTokens + other.LostTokens, KeptTokens + other.KeptTokens, TruncatedRow.Most(Most.Concat(other.Most)));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
