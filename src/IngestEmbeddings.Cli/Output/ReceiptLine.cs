using System.Globalization;
using System.Text.Json;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Shows a receipt that a store has kept as one line.</summary>
internal static class ReceiptLine
{
    /// <summary>When the run ended, how, and what it did.</summary>
    /// <param name="receipt">The JSON document, of this version or a later one.</param>
    public static string Of(string receipt)
    {
        using var document = JsonDocument.Parse(receipt);
        var root = document.RootElement;
        var rows = root.GetProperty("rows");
        var model = root.GetProperty("model");
        var made = model.ValueKind == JsonValueKind.Null
            ? "metrics alone"
            : $"{model.GetProperty("name").GetString()} ({Short(model.GetProperty("fingerprint").GetString() ?? "")})";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{root.GetProperty("ended").GetString()}  {root.GetProperty("outcome").GetString()}: {Counted.Rows(rows.GetProperty("written").GetInt64())} written, {rows.GetProperty("failed").GetInt64()} failed in {root.GetProperty("seconds").GetDouble():0.0} s, {root.GetProperty("rows_per_second").GetDouble():0.#} rows/s, {made}, on {root.GetProperty("program").GetProperty("machine").GetString()}");
    }

    private static string Short(string fingerprint) => fingerprint[..Math.Min(12, fingerprint.Length)];
}
