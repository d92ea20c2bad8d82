using System.Globalization;
using System.Text.Json.Nodes;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Verifying;

namespace IngestEmbeddings.Cli.Verifying;

/// <summary>Shows what a check of a table found.</summary>
/// <param name="table">The table.</param>
/// <param name="hint">Writes the commands that heal.</param>
internal sealed class VerifyView(string table, CommandHint hint)
{
    /// <summary>The version of the JSON document, which docs/schemas/verify.schema.json describes.</summary>
    public const string Schema = "ingest-embeddings/verify/1";

    /// <summary>What was checked, what is wrong, and what heals it.</summary>
    public IEnumerable<string> Lines(VerifyReport report)
    {
        yield return Invariant($"{table}: {Counted.Rows(report.Candidates)} with text, {report.Vectors} with a vector, {report.Failed} failed; {report.Encoded} encoded again");
        if (report.Recall is { } recall)
        {
            yield return Invariant($"index {recall.Index}: recall@10 {recall.Recall:0.000} with {recall.Setting}, over {recall.Queries} rows");
        }

        foreach (var finding in report.Findings)
        {
            var keys = finding.Keys.Count == 0 ? "" : $" Keys: {string.Join(", ", finding.Keys)}{(finding.Count > finding.Keys.Count ? ", …" : "")}";
            yield return Invariant($"{finding.Check}: {finding.Count}. {finding.Message}{keys}");
            if (finding.Statement is { } statement)
            {
                yield return $"  SQL: {statement}";
            }

            if (finding.Command is { } command)
            {
                yield return $"  {hint.Of(command)}";
            }
        }

        yield return report.Findings.Count == 0 ? "Nothing is wrong." : Invariant($"{report.Findings.Count} checks failed.");
    }

    /// <summary>The JSON document.</summary>
    public string Json(VerifyReport report) => JsonLine.Of(new JsonObject
    {
        ["schema"] = Schema,
        ["table"] = table,
        ["passed"] = report.Findings.Count == 0,
        ["candidates"] = report.Candidates,
        ["vectors"] = report.Vectors,
        ["failed"] = report.Failed,
        ["encoded"] = report.Encoded,
        ["recall"] = report.Recall is { } recall
            ? new JsonObject
            {
                ["index"] = recall.Index,
                ["queries"] = recall.Queries,
                ["recall"] = recall.Recall,
                ["setting"] = recall.Setting,
                ["enough"] = recall.Enough,
            }
            : null,
        ["findings"] = new JsonArray([.. report.Findings.Select(finding => new JsonObject
        {
            ["check"] = finding.Check,
            ["message"] = finding.Message,
            ["count"] = finding.Count,
            ["keys"] = new JsonArray([.. finding.Keys.Select(static key => (JsonNode?)key)]),
            ["statement"] = finding.Statement,
            ["command"] = finding.Command is { } command ? hint.Of(command.Command, [.. command.Arguments]) : null,
        })]),
    });

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
