using System.Globalization;
using System.Text.Json.Nodes;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Shows the state of a table.</summary>
/// <param name="table">The table, as messages show it.</param>
/// <param name="requested">The table as the user named it, for commands.</param>
/// <param name="hint">Writes the commands that help.</param>
internal sealed class StatusView(TableDescription table, string requested, CommandHint hint)
{
    /// <summary>The version of the JSON document, which docs/schemas/status.schema.json describes.</summary>
    public const string Schema = "ingest-embeddings/status/1";

    /// <summary>The state, and what changes it.</summary>
    /// <param name="status">The state.</param>
    /// <param name="loss">What long texts have lost.</param>
    public IEnumerable<string> Lines(TableStatus status, TokenLoss loss)
    {
        yield return Invariant($"{table.Name}: {status.Pending} rows pending, {status.Failed} failed");
        var about = status.IsExact ? "" : "about ";
        var changed = status.Changed > 0 ? Invariant($" {status.Changed} of the pending rows have a changed text.") : "";
        yield return Invariant($"{about}{status.Done} of {status.Rows} rows with text done: {Percent(status)} %.{changed}");
        foreach (var origin in status.Origins)
        {
            yield return Invariant($"vectors by {origin.Model}, {origin.Dimension} dimensions, since {Time(origin.RecordedAt)} (fingerprint {origin.Fingerprint})");
        }

        if (loss.Rows > 0)
        {
            yield return $"{Counted.Rows(loss.Rows)} had more tokens than the model takes: {loss.Told}";
            if (loss.Advice(hint, requested) is { } advice)
            {
                yield return advice;
            }
        }

        foreach (var line in status.Runs.SelectMany(run => Lines(run, status.Pending)))
        {
            yield return line;
        }

        foreach (var row in status.FailedRows)
        {
            yield return $"failed {row.Key}: {row.Stage}: {row.Reason}";
        }

        if (status.Failed > status.FailedRows.Count)
        {
            yield return Invariant($"… and {status.Failed - status.FailedRows.Count} more");
        }

        if (status.Gone > 0)
        {
            yield return Invariant(
                $"{status.Gone} vectors or metrics rows are of rows that are gone or have no text any more. To remove them: {hint.Of("run", requested, "--prune")}");
        }

        if (table.ChangesUnnoticed is { } unnoticed)
        {
            yield return $"{EventMessages.TextOf(unnoticed)} {hint.Of(unnoticed.Remedy)}";
        }

        if (!status.IsExact)
        {
            yield return $"Rows are estimated from a sample. To count them: {hint.Of("status", requested, "--exact")}";
        }
    }

    /// <summary>The JSON document.</summary>
    /// <param name="status">The state.</param>
    /// <param name="loss">What long texts have lost.</param>
    /// <param name="receipts">The receipts of past runs; null where they were not asked for.</param>
    public string Json(TableStatus status, TokenLoss loss, IReadOnlyList<KeptReceipt>? receipts)
    {
        var document = new JsonObject
        {
            ["schema"] = Schema,
            ["table"] = table.Name,
            ["exact"] = status.IsExact,
            ["rows"] = status.Rows,
            ["done"] = status.Done,
            ["pending"] = status.Pending,
            ["changed"] = status.Changed,
            ["failed"] = status.Failed,
            ["coverage"] = Math.Round(status.Coverage, 6),
            ["gone"] = status.Gone,
            ["truncated"] = new JsonObject
            {
                ["rows"] = loss.Rows,
                ["lost_tokens"] = loss.LostTokens,
                ["lost_share"] = Math.Round(loss.Share, 6),
                ["most"] = loss.MostJson(),
            },
            ["models"] = new JsonArray([.. status.Origins.Select(static origin => new JsonObject
            {
                ["name"] = origin.Model,
                ["fingerprint"] = origin.Fingerprint,
                ["dimension"] = origin.Dimension,
                ["recorded"] = Time(origin.RecordedAt),
            })]),
            ["runs"] = new JsonArray([.. status.Runs.Select(run => Json(run, status.Pending))]),
            ["failed_rows"] = new JsonArray([.. status.FailedRows.Select(static row => new JsonObject
            {
                ["key"] = row.Key,
                ["stage"] = row.Stage,
                ["reason"] = row.Reason,
            })]),
        };
        if (receipts is not null)
        {
            document["receipts"] = new JsonArray([.. receipts.Select(static receipt => JsonNode.Parse(receipt.Document))]);
        }

        return JsonLine.Of(document);
    }

    private static IEnumerable<string> Lines(RunStatus run, long pending)
    {
        var sweep = run.Sweep == 0 ? "" : Invariant($", sweep {run.Sweep}");
        var rate = run.RowsPerSecond is { } rows ? Invariant($", {rows:0.#} rows/s, {Duration.Of(Left(rows, pending))} left") : "";
        yield return Invariant(
            $"run with {run.Model}{(run.Replaces ? " (--reembed)" : "")} since {Time(run.Began)}: {run.Claims} claims held{sweep}{rate}");
        foreach (var worker in run.Workers)
        {
            yield return Invariant($"  worker {worker.Name}: {worker.Rows} rows, last seen {worker.Silent.TotalSeconds:0} s ago");
        }
    }

    private static JsonNode Json(RunStatus run, long pending) => new JsonObject
    {
        ["model"] = run.Model,
        ["began"] = Time(run.Began),
        ["replaces"] = run.Replaces,
        ["sweep"] = run.Sweep,
        ["claims"] = run.Claims,
        ["rows_per_second"] = run.RowsPerSecond is { } rows ? Math.Round(rows, 1) : null,
        ["seconds_left"] = run.RowsPerSecond is { } rate ? Math.Round(Left(rate, pending).TotalSeconds) : null,
        ["workers"] = new JsonArray([.. run.Workers.Select(static worker => new JsonObject
        {
            ["name"] = worker.Name,
            ["rows"] = worker.Rows,
            ["silent_seconds"] = Math.Round(worker.Silent.TotalSeconds, 1),
        })]),
    };

    private static TimeSpan Left(double rate, long pending) => TimeSpan.FromSeconds(Math.Min(pending / rate, TimeSpan.FromDays(9999).TotalSeconds));

    // 100 % is said of nothing that is not complete.
    private static string Percent(TableStatus status) =>
        (status.Done < status.Rows ? Math.Min(99.9, Math.Floor(status.Coverage * 1000) / 10) : 100).ToString("0.#", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ssZ", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
