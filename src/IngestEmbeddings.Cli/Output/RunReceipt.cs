using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Output;

/// <summary>What a run did, with what, and how it ended: its proof, without secrets and without the text of a row.</summary>
internal sealed record RunReceipt
{
    /// <summary>The version of the JSON document, which docs/schemas/receipt.schema.json describes.</summary>
    public const string Schema = "ingest-embeddings/receipt/1";

    /// <summary>Where the store is, fit to be shown.</summary>
    public required string Store { get; init; }

    public required TableDescription Table { get; init; }

    /// <summary>The encoder; null for metrics alone.</summary>
    public required EncoderDescription? Encoder { get; init; }

    /// <summary>What made the metrics.</summary>
    public required string Metrics { get; init; }

    /// <summary>The options of the command line by name, secrets masked; a switch has an empty value.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    public required DateTimeOffset Ended { get; init; }

    public required RunFigures Run { get; init; }

    public required RunEnding Ending { get; init; }

    /// <summary>The JSON document.</summary>
    public JsonObject Json() => new()
    {
        ["schema"] = Schema,
        ["program"] = new JsonObject
        {
            ["version"] = HelpText.Version,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["system"] = RuntimeInformation.RuntimeIdentifier,
            ["machine"] = Environment.MachineName,
        },
        ["store"] = Store,
        ["table"] = new JsonObject
        {
            ["name"] = Table.Name,
            ["key"] = new JsonArray([.. Table.KeyColumns.Select(static column => (JsonNode)column)]),
            ["text"] = Table.TextColumn,
            ["embedding"] = Table.EmbeddingColumn,
            ["type"] = Table.VectorType,
            ["metrics"] = Table.MetricsTable ?? "none",
        },
        ["model"] = Encoder is null ? null : new JsonObject
        {
            ["name"] = Encoder.Model,
            ["fingerprint"] = Encoder.Fingerprint,
            ["dimension"] = Encoder.Dimension,
            ["precision"] = Encoder.Precision,
            ["device"] = Encoder.Device,
            ["prefix"] = Encoder.DocumentPrompt,
            ["max_tokens"] = Encoder.MaxTokens,
        },
        ["metrics"] = Metrics,
        ["options"] = new JsonObject(Options.Select(static option => KeyValuePair.Create(option.Key, (JsonNode?)option.Value))),
        ["started"] = Time(Ended - Run.Elapsed),
        ["ended"] = Time(Ended),
        ["seconds"] = Seconds(Run.Elapsed),
        ["outcome"] = Ending.Outcome,
        ["exit_code"] = Ending.Code,
        ["rows"] = new JsonObject
        {
            ["total"] = Run.Total,
            ["written"] = Run.Written,
            ["failed"] = Run.Failed,
            ["repeated"] = Run.Repeated,
            ["truncated"] = Run.Truncated,
        },
        ["tokens"] = new JsonObject { ["encoded"] = Run.Tokens, ["lost"] = Run.LostTokens },
        ["rows_per_second"] = Math.Round(Run.RowsPerSecond, 1),
        ["tokens_per_second"] = Math.Round(Run.TokensPerSecond, 1),
        ["stages"] = new JsonObject
        {
            ["read"] = Seconds(Run.Stages.Read),
            ["tokenize"] = Seconds(Run.Stages.Tokenize),
            ["encode"] = Seconds(Run.Stages.Encode),
            ["write"] = Seconds(Run.Stages.Write),
            ["wait"] = Seconds(Run.Stages.Wait),
        },
        ["workers"] = Run.Workers,
        ["retries"] = Run.Retries,
        ["leases_lost"] = Run.LeasesLost,
        ["averages"] = JsonProgress.Averages(Run.Averages),
        ["most_truncated"] = TokenLoss.Of(Run).MostJson(),
        ["failures"] = new JsonArray([.. Run.FailuresByReason.Select(static failure => new JsonObject { ["reason"] = failure.Key, ["rows"] = failure.Value })]),
        ["proof"] = Ending.Proof is { } proof
            ? new JsonObject
            {
                ["pending"] = proof.Pending,
                ["failed"] = proof.Failed,
                ["pruned_vectors"] = proof.Pruned?.Vectors ?? 0,
                ["pruned_metrics"] = proof.Pruned?.Metrics ?? 0,
            }
            : null,
    };

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 3);
}

/// <summary>How a run ended.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Outcome"><c>complete</c>, <c>limit</c>, <c>stopped</c>, or <c>rows-left</c>: rows were added or changed meanwhile, <c>failed</c>: an error ended it.</param>
/// <param name="Proof">The store's own count at the end; null where it was not counted.</param>
internal sealed record RunEnding(int Code, string Outcome, RunProof? Proof);
