using System.Globalization;
using System.Text.Json.Nodes;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Cli.Planning;

/// <summary>Shows a plan.</summary>
internal static class PlanView
{
    /// <summary>The version of the JSON document, which docs/schemas/plan.schema.json describes.</summary>
    public const string Schema = "ingest-embeddings/plan/1";

    private const int MaxCharacters = 12;
    private const int BarColumns = 24;

    /// <summary>The plan, a line for each part.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="requested">The table as the user named it, for commands.</param>
    /// <param name="hint">Writes the commands that help.</param>
    public static IEnumerable<string> Lines(RunPlan plan, string requested, CommandHint hint)
    {
        yield return "Dry run: nothing is written.";
        foreach (var (name, value) in Parts(plan, requested, hint))
        {
            yield return $"  {(name.Length == 0 ? "" : name + ":"),-13}{value}";
        }
    }

    /// <summary>The JSON document.</summary>
    public static string Json(RunPlan plan) => JsonLine.Of(new JsonObject
    {
        ["schema"] = Schema,
        ["store"] = plan.Store,
        ["table"] = plan.Description.Name,
        ["model"] = plan.Encoder is { } encoder ? new JsonObject { ["name"] = encoder.Model, ["fingerprint"] = encoder.Fingerprint, ["dimension"] = encoder.Dimension } : null,
        ["exact"] = plan.Table.IsExact,
        ["rows"] = plan.Rows,
        ["pending"] = plan.Table.Pending,
        ["changed"] = plan.Table.Changed,
        ["failed"] = plan.Table.Failed,
        ["gone"] = plan.Table.Gone,
        ["repeated"] = plan.Table.Repeated,
        ["tokens"] = Tokens(plan),
        ["workers"] = plan.Workers,
        ["rows_per_second"] = plan.Speed is { } speed ? Math.Round(speed.RowsPerSecond, 1) : null,
        ["seconds"] = plan.Speed is { } rate ? Math.Round(rate.TimeOf(plan.Rows).TotalSeconds, 3) : null,
        ["shortest_seconds"] = plan.Speed is { } fast ? Math.Round(fast.RangeOf(plan.Rows).Shortest.TotalSeconds, 3) : null,
        ["longest_seconds"] = plan.Speed is { } slow ? Math.Round(slow.RangeOf(plan.Rows).Longest.TotalSeconds, 3) : null,
        ["growth"] = plan.Growth is { } growth ? new JsonObject { ["table"] = growth.Table, ["log"] = growth.Log, ["index"] = growth.Index } : null,
        ["connections"] = plan.Table.ConnectionsNeeded is { } needed ? new JsonObject { ["needed"] = needed, ["free"] = plan.Table.ConnectionsFree } : null,
        ["refusals"] = new JsonArray([.. plan.Table.Refusals.Select(static refusal => (JsonNode)refusal)]),
    });

    private static JsonObject? Tokens(RunPlan plan) => plan.Profile is not { } profile ? null : new JsonObject
    {
        ["sampled"] = profile.Texts,
        ["total"] = plan.Tokens,
        ["mean"] = Math.Round(profile.Mean, 2),
        ["median"] = profile.Quantile(0.5),
        ["p95"] = profile.Quantile(0.95),
        ["longest"] = profile.Quantile(1),
        ["histogram"] = new JsonArray([.. profile.Histogram().Select(static bin => new JsonObject { ["max"] = bin.MaxTokens, ["texts"] = bin.Texts })]),
        ["truncated_share"] = Math.Round((double)profile.Truncated / profile.Texts, 6),
        ["lost_share"] = Math.Round(Share(profile.LostTokens, profile.Tokens + profile.LostTokens), 6),
        ["most_truncated"] = LossOf(plan, profile).MostJson(),
        ["unknown_share"] = Math.Round(Share(profile.UnknownTokens, profile.Tokens), 6),
        ["unseen"] = new JsonArray([.. profile.Unseen.Select(static one => new JsonObject { ["character"] = one.Character, ["count"] = one.Count, ["read_as"] = one.ReadAs })]),
    };

    private static IEnumerable<(string Name, string Value)> Parts(RunPlan plan, string requested, CommandHint hint)
    {
        var (table, description) = (plan.Table, plan.Description);
        yield return ("store", plan.Store);
        yield return ("table", description.Name);
        yield return ("key", string.Join(", ", description.KeyColumns));
        yield return ("text", description.TextColumn);
        yield return ("embedding", $"{description.EmbeddingColumn} {description.VectorType}");
        yield return ("metrics", description.MetricsTable ?? "none");
        yield return ("model", plan.Encoder is null ? "none (--metrics-only)" : Describe(plan.Encoder));
        yield return ("frequency", plan.Frequency ? "computed" : "skipped");
        var about = table.IsExact ? "" : "about ";
        yield return ("pending", $"{about}{Counted.Rows(table.Pending)}{(table.Changed > 0 ? Invariant($", {table.Changed} of them with a changed text") : "")}");
        yield return ("would write", plan.Encoder is null
            ? $"a metrics row for each of {Counted.Rows(plan.Rows)} that have an embedding"
            : $"an embedding and a metrics row for each of {Counted.Rows(plan.Rows)}");
        if (table.Failed > 0)
        {
            yield return ("failed", $"{Counted.Rows(table.Failed)} of earlier runs, left out; --retry-failed does them again");
        }

        if (table.Gone > 0)
        {
            yield return ("would prune", Invariant($"{table.Gone} vectors or metrics rows of rows that are gone or have no text any more"));
        }

        if (table.Repeated is > 0 and { } repeated)
        {
            yield return ("repeated", Invariant($"{about}{Counted.Rows(repeated)} ({Percent(repeated, table.Pending)}) repeat the text of another one; those near each other are encoded once"));
        }

        foreach (var part in plan.Profile is { } profile ? Parts(plan, profile, (requested, hint)) : [])
        {
            yield return part;
        }

        if (plan.Speed is { } speed)
        {
            var (shortest, longest) = speed.RangeOf(plan.Rows);
            yield return ("speed", Invariant($"about {speed.RowsPerSecond:0.#} rows/s with {plan.Workers} worker{(plan.Workers == 1 ? "" : "s")} on this machine ({speed.Slowest:0.#} to {speed.Fastest:0.#})"));
            yield return ("time", $"about {Duration.Of(speed.TimeOf(plan.Rows))} ({Duration.Of(shortest)} to {Duration.Of(longest)})");
        }

        if (plan.Growth is { } growth && plan.Rows > 0)
        {
            yield return ("growth", growth.Log == 0 ? $"about {Bytes(growth.Table)}" : $"tables about {Bytes(growth.Table)}, indexes {Bytes(growth.Index)}, the server's log {Bytes(growth.Log)}");
        }

        if (table.ConnectionsNeeded is { } needed)
        {
            var free = table.ConnectionsFree ?? 0;
            yield return ("connections", Invariant($"{needed} needed, {Math.Max(0, free)} free{(free < needed ? ": the run goes on with fewer workers" : "")}"));
        }
    }

    private static IEnumerable<(string Name, string Value)> Parts(RunPlan plan, TextProfile profile, (string Table, CommandHint Hint) command)
    {
        yield return ("tokens", Invariant(
            $"about {plan.Tokens}, {profile.Mean:0.0} a row: half have at most {profile.Quantile(0.5)}, 95 % at most {profile.Quantile(0.95)}, the longest {profile.Quantile(1)} ({Counted.Rows(profile.Texts)} sampled)"));
        foreach (var (max, texts) in profile.Histogram())
        {
            yield return ("", Invariant($"up to {max,5}: {new string('#', (int)Math.Ceiling((double)BarColumns * texts / profile.Texts)),-BarColumns} {Percent(texts, profile.Texts)}"));
        }

        if (profile.Truncated > 0)
        {
            yield return ("truncated", Invariant(
                $"{Percent(profile.Truncated, profile.Texts)} of the rows are longer than the {plan.Encoder?.MaxTokens} tokens that the model takes; {Percent(profile.LostTokens, profile.Tokens + profile.LostTokens)} of the tokens are lost"));
            var loss = LossOf(plan, profile);
            yield return ("", loss.Named);
            if (loss.Advice(command.Hint, command.Table) is { } advice)
            {
                yield return ("", advice);
            }
        }

        if (profile.UnknownTokens > 0)
        {
            yield return ("unknown", $"{Percent(profile.UnknownTokens, profile.Tokens)} of the tokens are not in the model's vocabulary");
        }

        if (profile.Unseen.Count > 0)
        {
            var more = profile.Unseen.Count > MaxCharacters ? Invariant($", and {profile.Unseen.Count - MaxCharacters} more") : "";
            yield return ("not seen", $"as they are: {string.Join(", ", profile.Unseen.Take(MaxCharacters).Select(Describe))}{more}");
        }
    }

    private static TokenLoss LossOf(RunPlan plan, TextProfile profile) => new(
        profile.Truncated,
        profile.LostTokens,
        profile.Tokens,
        TruncatedRow.Most(profile.TruncatedTexts.Select(text => new TruncatedRow(plan.Table.SampleKeys[text.Text], text.LostTokens))));

    private static string Describe(UnseenCharacter unseen) => Invariant($"{unseen.Character} {unseen.Count} times ({unseen.ReadAs switch
    {
        null => "unknown",
        "" => "left out",
        { } letter => $"read as {letter}",
    }})");

    private static string Describe(EncoderDescription encoder) => string.Join(", ", new[]
    {
        encoder.Model,
        Invariant($"{encoder.Dimension} dimensions"),
        encoder.Precision,
        encoder.Device,
        encoder.DocumentPrompt.Length == 0 ? "" : $"prefix '{encoder.DocumentPrompt}'",
    }.Where(static part => part.Length > 0));

    private static double Share(long part, long all) => all == 0 ? 0 : (double)part / all;

    private static string Percent(long part, long all) => Invariant($"{100 * Share(part, all):0.##} %");

    private static string Bytes(long bytes) => bytes switch
    {
        >= 1_000_000_000 => Invariant($"{bytes / 1e9:0.0} GB"),
        >= 1_000_000 => Invariant($"{bytes / 1e6:0.#} MB"),
        _ => Invariant($"{bytes / 1e3:0} kB"),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
