using System.Globalization;
using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Stores;

/// <summary>What made vectors of a table.</summary>
/// <param name="Model">The model as the user named it.</param>
/// <param name="Fingerprint">A hash of everything that the vectors depend on.</param>
/// <param name="Dimension">The components of a vector.</param>
/// <param name="RecordedAt">When the first run of this model began.</param>
public sealed record VectorOrigin(string Model, string Fingerprint, int Dimension, DateTimeOffset RecordedAt)
{
    /// <summary>What one number of the model is; empty where it means nothing, null where it was not recorded. Default null.</summary>
    public string? Precision { get; init; }

    /// <summary>What was put before each text; null where it was not recorded. Default null.</summary>
    public string? Prompt { get; init; }

    /// <summary>The maximum tokens of a text; null for no limit, or where it was not recorded. Default null.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>True when the vectors have length 1; null where it was not recorded. Default null.</summary>
    public bool? Normalized { get; init; }

    /// <summary>What became of texts that are longer than the model's maximum.</summary>
    public LongTextMode LongTexts => LongTextsMark.Read(Fingerprint);

    /// <summary>How an encoder of another fingerprint differs, in words, as far as it is known: first what is so here, then what is so there.</summary>
    public string Difference(EncoderDescription encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        List<string> parts = [];
        if (Model != encoder.Model)
        {
            parts.Add("another model");
        }

        if (Precision is { Length: > 0 } && encoder.Precision.Length > 0 && Precision != encoder.Precision)
        {
            parts.Add($"{encoder.Precision} here, {Precision} there");
        }

        if (Prompt is not null && Prompt != encoder.DocumentPrompt)
        {
            parts.Add($"{Shown(encoder.DocumentPrompt)} here, {Shown(Prompt)} there");
        }

        // Recorded together.
        if (Normalized is { } normalized)
        {
            if (MaxTokens != encoder.MaxTokens)
            {
                parts.Add($"{Limit(encoder.MaxTokens)} here, {Limit(MaxTokens)} there");
            }

            if (normalized != encoder.Normalized)
            {
                parts.Add(normalized ? "vectors of any length here, of length 1 there" : "vectors of length 1 here, of any length there");
            }
        }

        if (LongTexts != encoder.LongTexts)
        {
            parts.Add($"long texts: {Shown(encoder.LongTexts)} here, {Shown(LongTexts)} there");
        }

        return parts.Count == 0 ? "the weights, the tokenizer or the pooling differ" : string.Join("; ", parts);
    }

    private static string Shown(string prompt) => prompt.Length == 0 ? "no prefix" : $"prefix '{prompt}'";

    private static string Shown(LongTextMode longTexts) => longTexts == LongTextMode.Mean ? "mean" : "cut";

    private static string Limit(int? tokens) => tokens is { } most ? $"at most {most.ToString(CultureInfo.InvariantCulture)} tokens" : "any number of tokens";
}
