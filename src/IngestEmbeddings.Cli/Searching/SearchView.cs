using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Shown;
using IngestEmbeddings.Searching;

namespace IngestEmbeddings.Cli.Searching;

/// <summary>Shows what a search found.</summary>
/// <param name="table">The table.</param>
/// <param name="model">The model that encoded the text; null where none was needed.</param>
/// <param name="columns">The columns whose values come with each row.</param>
/// <param name="width">The columns of the terminal; null where the output is none.</param>
internal sealed class SearchView(string table, string? model, IReadOnlyList<string> columns, int? width)
{
    /// <summary>The version of the JSON document, which docs/schemas/search.schema.json describes.</summary>
    public const string Schema = "ingest-embeddings/search/1";

    private const int MinTextColumns = 20;

    /// <summary>A line for each row: rank, score, key, columns, text.</summary>
    public IEnumerable<string> Lines(RowsFound found)
    {
        if (found.Rows.Count == 0)
        {
            yield return "No row found.";
        }

        var rank = found.Rows.Count.ToString(CultureInfo.InvariantCulture).Length;
        var keys = found.Rows.Select(static row => ShownText.Line(row.ShownKey)).ToList();
        var key = keys.Select(TerminalColumns.Of).DefaultIfEmpty().Max();
        for (var i = 0; i < found.Rows.Count; i++)
        {
            var row = found.Rows[i];
            var before = string.Create(
                CultureInfo.InvariantCulture,
                $"{(i + 1).ToString(CultureInfo.InvariantCulture).PadLeft(rank)}  {row.Score:0.0000}  {keys[i]}{new string(' ', key - TerminalColumns.Of(keys[i]))}  {Values(row)}");
            var text = ShownText.Line(row.Text);
            yield return width is { } all
                ? before + TerminalColumns.Shorten(text, Math.Max(MinTextColumns, all - TerminalColumns.Of(before)))
                : before + text;
        }
    }

    /// <summary>The JSON document of a search.</summary>
    /// <param name="text">The text that was looked for; null for a row.</param>
    /// <param name="like">The key of the row whose neighbours were looked for; null for a text.</param>
    /// <param name="found">What was found.</param>
    public string Json(string? text, IReadOnlyList<string>? like, RowsFound found) => JsonLine.Of(new JsonObject
    {
        ["schema"] = Schema,
        ["table"] = table,
        ["model"] = model,
        ["text"] = text,
        ["like"] = like is null ? null : Array(like),
        ["index"] = found.Index,
        ["rows"] = new JsonArray([.. found.Rows.Select((row, index) => Row(row, index + 1))]),
    });

    private JsonObject Row(FoundRow row, int rank) => new()
    {
        ["rank"] = rank,
        ["key"] = Array(row.Key),
        ["score"] = row.Score,
        ["text"] = row.Text,
        ["columns"] = new JsonObject(columns.Zip(row.Columns, static (name, value) => KeyValuePair.Create(name, JsonNode.Parse(value)))),
    };

    private static JsonArray Array(IReadOnlyList<string> values) => new([.. values.Select(static value => (JsonNode?)value)]);

    private string Values(FoundRow row) =>
        string.Concat(columns.Zip(row.Columns, static (name, value) => $"{name}={ShownText.Line(Plain(value))}  "));

    private static string Plain(string json) => JsonNode.Parse(json) switch
    {
        null => "n/a",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => json,
    };
}
