using System.Globalization;

namespace IngestEmbeddings.Splitting;

/// <summary>What a table of chunks was made of and how, as it is recorded with the table.</summary>
/// <param name="Source">The table with the documents, with its schema where it has one.</param>
/// <param name="Key">Its key column where one was named; else empty.</param>
/// <param name="Text">Its text column.</param>
/// <param name="Model">The model whose tokens are counted, as the user named it.</param>
/// <param name="Options">How the documents are split.</param>
public sealed record SplitRecipe(string Source, string Key, string Text, string Model, SplitOptions Options)
{
    private const string Mark = "ingest-embeddings split: ";

    /// <summary>The recipe as it is recorded.</summary>
    public override string ToString() => Mark + string.Join(
        "; ",
        Fields().Select(static field => $"{field.Name}={Uri.EscapeDataString(field.Value)}"));

    /// <summary>Reads a recorded recipe; null where the text is none.</summary>
    public static SplitRecipe? TryParse(string? recorded)
    {
        if (recorded is null || !recorded.StartsWith(Mark, StringComparison.Ordinal))
        {
            return null;
        }

        var fields = recorded[Mark.Length..].Split("; ").Select(static field => field.Split('=', 2)).Where(static field => field.Length == 2)
            .ToDictionary(static field => field[0], static field => Uri.UnescapeDataString(field[1]), StringComparer.Ordinal);
        if (!fields.TryGetValue("source", out var source) || !fields.TryGetValue("text", out var text) || !fields.TryGetValue("model", out var model)
            || !Enum.TryParse<SplitBy>(fields.GetValueOrDefault("by"), ignoreCase: true, out var by)
            || !int.TryParse(fields.GetValueOrDefault("tokens"), CultureInfo.InvariantCulture, out var tokens)
            || !int.TryParse(fields.GetValueOrDefault("overlap"), CultureInfo.InvariantCulture, out var overlap))
        {
            return null;
        }

        var options = new SplitOptions { Tokens = tokens, Overlap = overlap, By = by, HeadingContext = fields.GetValueOrDefault("context") == "heading" };
        return new SplitRecipe(source, fields.GetValueOrDefault("key") ?? "", text, model, options);
    }

    /// <summary>How a recorded recipe differs from this one, in the words of the options; null where it does not.</summary>
    public string? DifferenceTo(SplitRecipe recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        var differences = Fields().Zip(recorded.Fields(), static (asked, was) => (asked, was)).Where(static pair => pair.asked != pair.was)
            .Select(static pair => $"{pair.asked.Name} {pair.was.Value} (not {pair.asked.Value})").ToList();
        return differences.Count == 0 ? null : string.Join(", ", differences);
    }

    private (string Name, string Value)[] Fields() =>
    [
        ("source", Source),
        ("key", Key),
        ("text", Text),
        ("tokens", Options.Tokens.ToString(CultureInfo.InvariantCulture)),
        ("overlap", Options.Overlap.ToString(CultureInfo.InvariantCulture)),
        ("by", Options.By.ToString().ToLowerInvariant()),
        ("context", Options.HeadingContext ? "heading" : "none"),
        ("model", Model),
    ];
}
