using System.Text.Json;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Cli.Output;

/// <summary>What is used of a <see cref="RunReceipt"/> that a store has kept.</summary>
internal sealed record KeptReceipt
{
    /// <summary>The whole of it, as JSON.</summary>
    public required string Document { get; init; }

    /// <summary>When the run ended, in ISO 8601.</summary>
    public required string Ended { get; init; }

    /// <summary>How it ended: <see cref="RunEnding.Outcome"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The model, as the user named it; null for metrics alone.</summary>
    public required string? Model { get; init; }

    /// <summary>The fingerprint of the model; null for metrics alone.</summary>
    public required string? Fingerprint { get; init; }

    /// <summary>True where all vectors were made again.</summary>
    public required bool Reembedded { get; init; }

    /// <summary>The machine that it ran on.</summary>
    public required string Machine { get; init; }

    /// <summary>Rows written.</summary>
    public required long Written { get; init; }

    /// <summary>Rows that failed.</summary>
    public required long Failed { get; init; }

    /// <summary>From the first worker's start to the last one's end, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Rows written a second.</summary>
    public required double RowsPerSecond { get; init; }

    /// <summary>Seconds of reading and writing, summed over the workers.</summary>
    public required double StoreSeconds { get; init; }

    /// <summary>What long texts lost.</summary>
    public required TokenLoss Loss { get; init; }

    /// <summary>Reads receipts, of this version or another one. What is none is left out: others may write to the store's tables.</summary>
    public static IEnumerable<KeptReceipt> Read(IEnumerable<string> documents) => documents.Select(TryRead).OfType<KeptReceipt>();

    private static KeptReceipt? TryRead(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return Read(text, document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static KeptReceipt Read(string text, JsonElement root)
    {
        var (rows, tokens, stages) = (root.GetProperty("rows"), root.GetProperty("tokens"), root.GetProperty("stages"));
        var model = root.GetProperty("model") is { ValueKind: not JsonValueKind.Null } made ? made : (JsonElement?)null;
        return new KeptReceipt
        {
            Document = text,
            Ended = root.GetProperty("ended").GetString() ?? "",
            Outcome = root.GetProperty("outcome").GetString() ?? "",
            Model = model?.GetProperty("name").GetString(),
            Fingerprint = model?.GetProperty("fingerprint").GetString(),
            Reembedded = root.GetProperty("options").TryGetProperty("--reembed", out _),
            Machine = root.GetProperty("program").GetProperty("machine").GetString() ?? "",
            Written = rows.GetProperty("written").GetInt64(),
            Failed = rows.GetProperty("failed").GetInt64(),
            Seconds = root.GetProperty("seconds").GetDouble(),
            RowsPerSecond = root.GetProperty("rows_per_second").GetDouble(),
            StoreSeconds = stages.GetProperty("read").GetDouble() + stages.GetProperty("write").GetDouble(),
            // A receipt of a former version names no rows.
            Loss = new TokenLoss(
                rows.GetProperty("truncated").GetInt64(),
                tokens.GetProperty("lost").GetInt64(),
                tokens.GetProperty("encoded").GetInt64(),
                root.TryGetProperty("most_truncated", out var most) ? [.. most.EnumerateArray().Select(ReadRow)] : []),
        };
    }

    private static TruncatedRow ReadRow(JsonElement row) => new(row.GetProperty("key").GetString() ?? "", row.GetProperty("lost_tokens").GetInt32());
}
