using System.Globalization;
using System.Text.Json.Nodes;
using System.Text;
using IngestEmbeddings.Cli.Shown;

namespace IngestEmbeddings.Cli.Benching;

/// <summary>What was tried, to be shown.</summary>
/// <param name="Model">The model; null for metrics alone.</param>
/// <param name="Table">The table, as the user named it.</param>
/// <param name="Rows">How many of its rows were tried.</param>
/// <param name="Wrote">True when they were written, into a copy.</param>
/// <param name="Tried">The results.</param>
internal sealed record BenchReport(string? Model, string Table, int Rows, bool Wrote, BenchTable Tried)
{
    /// <summary>The version of the JSON document, which docs/schemas/bench.schema.json describes.</summary>
    public const string Schema = "ingest-embeddings/bench/1";

    /// <summary>A table, and the command that is advised.</summary>
    /// <param name="advice">The command as it must be typed.</param>
    public string ToMarkdown(string advice)
    {
        var text = new StringBuilder();
        var culture = CultureInfo.InvariantCulture;
        var what = Wrote ? "written into a copy, which is dropped" : "nothing was written";
        text.Append(culture, $"{ShownText.Line(Model ?? "metrics only")}, {Rows} rows of {ShownText.Line(Table)}, {Environment.ProcessorCount} cores; {what}.\n\n");
        text.Append("| workers | batch | rows/s | speed-up | what limits |\n| ---: | ---: | ---: | ---: | --- |\n");
        foreach (var result in Tried.Results)
        {
            text.Append(culture, $"| {result.Workers} | {result.BatchSize} | {result.RowsPerSecond:N0} | {Tried.SpeedUp(result):0.00} | {result.Limit} |\n");
        }

        return text.Append(culture, $"\nUse: {ShownText.Line(advice)}").ToString();
    }

    /// <summary>One JSON document.</summary>
    public string ToJson() => new JsonObject
    {
        ["schema"] = Schema,
        ["model"] = Model,
        ["table"] = Table,
        ["rows"] = Rows,
        ["written"] = Wrote,
        ["cores"] = Environment.ProcessorCount,
        ["results"] = new JsonArray([.. Tried.Results.Select(result => new JsonObject
        {
            ["workers"] = result.Workers,
            ["batch_size"] = result.BatchSize,
            ["rows_per_second"] = Math.Round(result.RowsPerSecond, 1),
            ["speed_up"] = Math.Round(Tried.SpeedUp(result), 2),
            ["limit"] = result.Limit,
        })]),
        ["advised"] = new JsonObject { ["workers"] = Tried.Advised.Workers, ["batch_size"] = Tried.Advised.BatchSize },
    }.ToJsonString();
}
