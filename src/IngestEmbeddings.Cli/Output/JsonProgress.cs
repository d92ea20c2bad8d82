using System.Text.Json.Nodes;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Shows a run as one JSON object a batch, which docs/schemas/progress.schema.json describes.</summary>
/// <param name="messages">Where the lines go.</param>
/// <param name="table">The table.</param>
/// <param name="meter">Sums the run; observes each event before this does.</param>
internal sealed class JsonProgress(Messages messages, string table, RunMeter meter) : IIngestObserver
{
    /// <summary>The version of the object.</summary>
    public const string Schema = "ingest-embeddings/progress/1";

    /// <inheritdoc/>
    public void Observe(IngestEvent ingestEvent)
    {
        if (ingestEvent is BatchWritten batch)
        {
            messages.Line(JsonLine.Of(Object(batch, meter.Read())));
        }
    }

    /// <summary>The averages of metrics; null without any.</summary>
    public static JsonObject? Averages(MetricAverages? averages) => averages is null ? null : new JsonObject
    {
        ["word_ratio"] = averages.WordRatio,
        ["word_count"] = averages.WordCount,
        ["length"] = averages.Length,
        ["entity_count"] = averages.EntityCount,
        ["frequency"] = averages.Frequency,
    };

    private JsonObject Object(BatchWritten batch, RunFigures run) => new()
    {
        ["schema"] = Schema,
        ["table"] = table,
        ["worker"] = batch.Worker,
        ["rows"] = batch.Rows,
        ["written"] = batch.Written,
        ["failed"] = run.Failed,
        ["total"] = batch.Total,
        ["tokens"] = run.Tokens,
        ["seconds"] = Math.Round(run.Elapsed.TotalSeconds, 3),
        ["rows_per_second"] = Math.Round(run.RowsPerSecond, 1),
        ["tokens_per_second"] = Math.Round(run.TokensPerSecond, 1),
        ["averages"] = Averages(batch.Averages),
    };
}
